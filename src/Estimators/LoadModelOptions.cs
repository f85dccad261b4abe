using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Estimators;

/// <summary>Where to find what a saved model does not hold, and where to run it.</summary>
public sealed record LoadModelOptions
{
    /// <summary>Whether slices are seen flipped too and probabilities averaged. It is a matter of this loading: what is saved again does not remember it. Default
    /// <see cref="TestTimeAugmentation.None"/>.</summary>
    public TestTimeAugmentation Tta { get; init; }

    /// <summary>The SAM checkpoint that the model was trained on. Its SHA-256 must be the recorded one; its name may differ. Default null = looked for by name.</summary>
    public string? SamFile { get; init; }

    /// <summary>Folders to look in for the checkpoint, before the model's own folder and the cache folders. Default none.</summary>
    public IReadOnlyList<string> BaseFolders { get; init; } = [];

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default null = as <c>mlContext.GpuDeviceId</c> and <c>FallbackToCpu</c> say.</summary>
    public string? Device { get; init; }

    /// <summary>In which format the transformer layers compute, however the model was trained. Default <see cref="Precision.Fp32"/>.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;
}
