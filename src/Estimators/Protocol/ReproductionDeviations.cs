using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Names what a run does in another way than the published one was done.</summary>
internal static class ReproductionDeviations
{
    /// <summary>A few words for each.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="way">The way of a slice to the network, as it was taken. The window is left out: the published volumes hold intensities in 0..1.</param>
    public static IReadOnlyList<string> Of(ReproductionOptions options, PreprocessingOptions way)
    {
        var (published, prediction) = (options.Recipe.Architecture, options.Prediction);
        List<string> found = [];
        AddIf(prediction.Tta != TestTimeAugmentation.None, $"test-time augmentation {prediction.Tta.ToString().ToLowerInvariant()} (--tta)");
        AddIf(prediction.Postprocessing is { DoesSomething: true }, $"post-processing {prediction.Postprocessing} (--postprocess)");
        AddIf(options.Precision != Precision.Fp32, $"precision {options.Precision.ToString().ToLowerInvariant()} (--precision)");
        AddIf(way.ImageSize != published.ImageSize, FormattableString.Invariant($"image size {way.ImageSize} in place of {published.ImageSize}"));
        AddIf(way.InputSize != published.InputSize, FormattableString.Invariant($"input size {Size(way.InputSize)} in place of {Size(published.InputSize)}"));
        AddIf(way.ZoomEdge != ZoomEdge.Paper, $"zoom edge {way.ZoomEdge.ToString().ToLowerInvariant()} in place of paper");
        AddIf(way.Orientation is not null, $"slices in the orientation {way.Orientation} in place of the stored one");
        return found;

        void AddIf(bool condition, string words)
        {
            if (condition)
            {
                found.Add(words);
            }
        }
    }

    private static string Size(int? pixels) => pixels is { } size ? FormattableString.Invariant($"{size}") : "none";
}
