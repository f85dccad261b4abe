using SAMed.MLNet.Transforms;

namespace Microsoft.ML;

/// <summary>Transforms of slices, among ML.NET's own.</summary>
public static class SliceTransformsCatalog
{
    /// <summary>Brings slices from file intensities to [0, 1] by an intensity window.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to add, Vector&lt;Single&gt; of the input's size, in [0, 1].</param>
    /// <param name="inputColumnName">The column to read, Vector&lt;Single&gt; in file intensities (HU for CT); null = <paramref name="outputColumnName"/>.</param>
    /// <param name="lo">Becomes 0, as does NaN. Default the published −125 HU.</param>
    /// <param name="hi">Becomes 1. Default the published 275 HU.</param>
    /// <exception cref="ArgumentException">A name is empty, or the window is not finite and increasing.</exception>
    public static NormalizeSliceEstimator NormalizeSlice(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, float lo = HuWindow.PaperMinHu, float hi = HuWindow.PaperMaxHu)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(outputColumnName, inputColumnName, lo, hi);
    }

    /// <summary>Resizes slices of any size to a square: images by cubic spline, labels (Vector&lt;Byte&gt;) by nearest neighbour.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to add, a vector of <paramref name="size"/>×<paramref name="size"/>.</param>
    /// <param name="inputColumnName">The column to read; null = <paramref name="outputColumnName"/>.</param>
    /// <param name="size">Side of the square in pixels, 1 to 16,384; the reference uses 224 and 512.</param>
    /// <param name="order">Interpolation; labels take <see cref="SplineOrder.Nearest"/> only.</param>
    /// <param name="edge">Edge rule; <see cref="ZoomEdge.Paper"/> for the published behaviour.</param>
    /// <param name="heightColumnName">Int32 column with the input's rows, read when the input's type does not say them.</param>
    /// <param name="widthColumnName">Int32 column with the input's columns, likewise.</param>
    /// <param name="channels">Planes of every image, one after the other: 1, or 3 for pictures in colour. Labels have 1.</param>
    /// <exception cref="ArgumentException">A name is empty, or the size, order or edge is out of range.</exception>
    public static ResizeSliceEstimator ResizeSlice(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, int size = 224, SplineOrder order = SplineOrder.Cubic, ZoomEdge edge = ZoomEdge.Exact,
        string heightColumnName = "Height", string widthColumnName = "Width", int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(outputColumnName, inputColumnName, size, order, edge, heightColumnName, widthColumnName, channels);
    }
}
