using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>What a LoRA file records of how it was trained. Run folders and ML.NET models both write it.</summary>
internal static class TrainedMetadata
{
    /// <summary>The record; what the network knows itself is added when the file is written.</summary>
    public static LoraMetadata Of(PreprocessingOptions preprocessing, IReadOnlyList<string> classes, string? baseFile, string? baseSha256) => new()
    {
        InputSize = preprocessing.InputSize,
        Channels = preprocessing.Channels == 1 ? null : preprocessing.Channels,
        WindowMinHu = preprocessing.WindowMin,
        WindowMaxHu = preprocessing.WindowMax,
        WindowArrays = preprocessing.WindowArrays,
        ZoomEdge = preprocessing.ZoomEdge.ToString(),
        Orientation = preprocessing.Orientation,
        Classes = classes,
        BaseFile = baseFile is null ? null : Path.GetFileName(baseFile),
        BaseSha256 = baseSha256,
        Writer = ProductVersion.Text,
    };
}
