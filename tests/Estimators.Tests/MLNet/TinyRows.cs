using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

/// <summary>The scenes of <see cref="TinyRun"/> as rows, and a trainer for them that takes a second or two.</summary>
internal static class TinyRows
{
    public static IReadOnlyList<string> Classes { get; } = ["disc", "bar"];

    public static SamLoraSegmentationTrainer.Options Options { get; } = new()
    {
        Model = TinyRun.Model,
        Lora = new LoraOptions { Rank = 2, TrainEncoder = true },
        Classes = Classes,
        Training = TinyRun.Options with { Epochs = 2 },
    };

    public static IReadOnlyList<TinyRow> Rows(int count) => [.. TinyRun.Slices(count).Select(slice => new TinyRow
    {
        Case = slice.Case,
        Slice = slice.Index,
        Height = slice.Height,
        Width = slice.Width,
        Image = slice.Image,
        Label = slice.Label,
    })];

    public static IDataView View(this MLContext ml, int count) => ml.Data.LoadFromEnumerable(Rows(count));

    /// <summary>What a transformer says of each row.</summary>
    public static byte[][] PredictedLabels(this MLContext ml, IDataView scored) =>
        [.. ml.Data.CreateEnumerable<TinyPrediction>(scored, reuseRowObject: false, ignoreMissingColumns: true).Select(row => row.PredictedLabel)];
}

internal sealed class TinyRow
{
    public string Case { get; set; } = "";

    public int Slice { get; set; }

    public int Height { get; set; }

    public int Width { get; set; }

    public float[] Image { get; set; } = [];

    public byte[] Label { get; set; } = [];
}

internal sealed class TinyPrediction
{
    public byte[] PredictedLabel { get; set; } = [];

    public float[] Probability { get; set; } = [];
}
