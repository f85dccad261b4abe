using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>Published ways to prepare a data set.</summary>
public static class DataPreparationPresets
{
    /// <summary>The twelve Synapse (BTCV) cases that SAMed is tested on, in the order of its test_vol.txt.</summary>
    public static IReadOnlyList<string> SynapseTestCases { get; } =
    [
        "case0008", "case0022", "case0038", "case0036", "case0032", "case0002", "case0029", "case0003", "case0001", "case0004", "case0025", "case0035",
    ];

    /// <summary>What the reference's preprocess_data.py does to the thirty BTCV volumes: names by number, window −125..275 HU, BTCV's ids to SAMed's eight organs, slices as stored,
    /// its twelve test cases; resizing with the edge rule of its subsample_datasets.py.</summary>
    /// <param name="output">The folder to write. Say with <c>with</c> where the cases come from.</param>
    public static DataPreparationOptions Synapse(string output) => new()
    {
        Output = output,
        LabelTable = LabelTable.Btcv,
        CaseNames = CaseNaming.Number,
        TestCases = SynapseTestCases,
        PassOverAbsentTestCases = true,
        ZoomEdge = ZoomEdge.Paper,
    };
}
