namespace SAMed.MLNet.Transforms;

/// <summary>Order of the interpolating spline.</summary>
public enum SplineOrder
{
    /// <summary>Nearest neighbour, halves round up: for labels.</summary>
    Nearest = 0,

    /// <summary>Interpolating cubic B-spline with mirrored edges: for images. It over- and undershoots at sharp edges.</summary>
    Cubic = 3,
}
