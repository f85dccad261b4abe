using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Pictures;

/// <summary><see cref="ColourDiscs"/> ready for the smallest network.</summary>
internal static class ColourSlices
{
    public static PreprocessingOptions Preprocessing { get; } = TinyRun.Preprocessing with { Channels = 3 };

    public static LabelTable Labels { get; } = LoadLabels();

    public static IReadOnlyList<StoredSlice> Create(int count)
    {
        using var folder = new TempFolder();
        return new SliceLoader(Labels, Preprocessing).Load(DataFolder.Find(ColourDiscs.Write(folder.Path, count)).Files);
    }

    private static LabelTable LoadLabels()
    {
        using var folder = new TempFolder();
        return LabelTable.Load(ColourDiscs.WriteLabelTable(folder.File("lesions.json")));
    }
}
