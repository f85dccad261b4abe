using System.Text.Json.Serialization;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms;

/// <summary>What a <see cref="ResizeSliceTransformer"/> needs to know, as it is saved.</summary>
/// <param name="Output">The column added.</param>
/// <param name="Input">The column read.</param>
/// <param name="Size">Side of the square it is resized to.</param>
/// <param name="Order">Interpolation.</param>
/// <param name="Edge">Edge rule.</param>
/// <param name="HeightColumn">Rows of the input, when its type does not say them.</param>
/// <param name="WidthColumn">Columns of the input, likewise.</param>
internal sealed record ResizeSliceState(string Output, string Input, int Size, SplineOrder Order, ZoomEdge Edge, string HeightColumn, string WidthColumn)
{
    /// <summary>Whether the column holds labels: filled in when it is fitted.</summary>
    public bool IsLabel { get; init; }

    /// <summary>Planes of an image, each resized by itself.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Rows that the input's type says, for models where types lose them; null when the size columns say it.</summary>
    public int? InputHeight { get; init; }

    /// <summary>Columns that the input's type says, likewise.</summary>
    public int? InputWidth { get; init; }

    /// <summary>Both, or null.</summary>
    [JsonIgnore]
    public (int Height, int Width)? InputSize => InputHeight is { } height && InputWidth is { } width ? (height, width) : null;

    /// <summary>[C, h, w] → [C, Size, Size]. The cubic spline takes what has no value for 0, as it is taken wherever slices are prepared.</summary>
    public void Apply(in VBuffer<float> slice, (int Height, int Width) size, ref VBuffer<float> result)
    {
        var (from, to) = (size.Height * size.Width, Size * Size);
        var editor = VBufferEditor.Create(ref result, Channels * to);
        var values = Dense(slice);
        for (var channel = 0; channel < Channels; channel++)
        {
            var plane = values.Slice(channel * from, from);
            SplineResize.Resize(Order == SplineOrder.Cubic ? NonFinite.AsZero(plane) : plane, size.Height, size.Width, editor.Values.Slice(channel * to, to), Size, Size, Order, Edge);
        }
        result = editor.Commit();
    }

    /// <summary>[h, w] class ids → nearest → [Size, Size].</summary>
    public void Apply(in VBuffer<byte> slice, (int Height, int Width) size, ref VBuffer<byte> result)
    {
        var editor = VBufferEditor.Create(ref result, Size * Size);
        SplineResize.ResizeNearest(Dense(slice), size.Height, size.Width, editor.Values, Size, Size, Edge);
        result = editor.Commit();
    }

    private static ReadOnlySpan<T> Dense<T>(in VBuffer<T> slice)
    {
        if (slice.IsDense)
        {
            return slice.GetValues();
        }
        var values = new T[slice.Length];
        slice.CopyTo(values);
        return values;
    }
}
