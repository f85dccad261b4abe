using SAMed.MLNet.Imaging.Postprocessing;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>How a volume is predicted, once it is clear with what network and from what slices. The defaults do no more than the published code does.</summary>
public sealed record PredictionOptions
{
    /// <summary>Slices per forward pass, at least 1. It does not change the result beyond rounding. Default 4.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>Whether slices are seen flipped too and probabilities averaged. Default <see cref="TestTimeAugmentation.None"/>.</summary>
    public TestTimeAugmentation Tta { get; init; }

    /// <summary>What is done to the label map, on the volume's own grid, before it is given back; null for nothing, which is the default.</summary>
    public PostprocessingOptions? Postprocessing { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (BatchSize < 1)
        {
            faults.Add($"BatchSize must be at least 1, got {BatchSize}");
        }
        if (!Enum.IsDefined(Tta))
        {
            faults.Add($"Tta must be None or Flip, got {Tta}");
        }
        try
        {
            Postprocessing?.Validate();
        }
        catch (ArgumentException fault)
        {
            faults.Add(fault.Message.TrimEnd('.'));
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Prediction options: {string.Join("; ", faults)}.");
        }
    }
}
