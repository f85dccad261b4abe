using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics;

/// <summary>A prediction and its reference lie on different grids, so that their voxels cannot be compared.</summary>
public sealed class GeometryMismatchException : InvalidOperationException
{
    /// <summary>The grids of case <paramref name="caseName"/> differ.</summary>
    public GeometryMismatchException(string caseName, Geometry prediction, Geometry reference)
        : base(Describe(caseName, prediction, reference))
    {
        (CaseName, Prediction, Reference) = (caseName, prediction, reference);
    }

    /// <summary>The case.</summary>
    public string CaseName { get; }

    /// <summary>The prediction's grid.</summary>
    public Geometry Prediction { get; }

    /// <summary>The reference's grid.</summary>
    public Geometry Reference { get; }

    private static string Describe(string caseName, Geometry prediction, Geometry reference)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        var sameSize = (prediction.Depth, prediction.Height, prediction.Width) == (reference.Depth, reference.Height, reference.Width);
        var advice = sameSize
            ? "The sizes agree but the voxels lie at different places: check that both files belong to one scan, or score in voxel units, which ignore the place."
            : "The sizes differ: resample the prediction to the reference's grid first.";
        return $"{caseName}: prediction and reference lie on different grids.{Environment.NewLine}"
            + $"  prediction: {prediction}{Environment.NewLine}  reference:  {reference}{Environment.NewLine}{advice}";
    }
}
