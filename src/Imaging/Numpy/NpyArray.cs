using System.Globalization;
using System.Numerics;
using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>An array of numbers as NumPy stores it: an element type, a shape, and the elements in C order (last axis fastest).</summary>
public sealed class NpyArray
{
    private readonly Array _data;

    internal NpyArray(Array data, int[] shape) => (_data, Shape) = (data, shape);

    /// <summary>bool, sbyte, byte, short, ushort, int, uint, long, ulong, Half, float or double.</summary>
    public Type ElementType => _data.GetType().GetElementType()!;

    /// <summary>The size along each axis; empty for a scalar.</summary>
    public int[] Shape { get; }

    /// <summary>Number of elements: the product of the shape, 1 for a scalar.</summary>
    public int Length => _data.Length;

    internal Array Data => _data;

    /// <summary>Takes over <paramref name="data"/>, in C order, without copying.</summary>
    /// <param name="data">The elements.</param>
    /// <param name="shape">The size along each axis; none = a scalar.</param>
    /// <exception cref="ArgumentException">The shape's product is not the number of elements, or a size is negative.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is not one of the types of <see cref="ElementType"/>.</exception>
    public static NpyArray Create<T>(T[] data, params int[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(shape);
        NpyType.Of(typeof(T));
        var product = shape.Aggregate(1L, (total, size) => size < 0 ? -1 : total < 0 || total > int.MaxValue ? -1 : total * size);
        return product == data.Length
            ? new NpyArray(data, shape)
            : throw new ArgumentException($"The shape ({string.Join(", ", shape)}) does not hold {data.Length} elements.", nameof(shape));
    }

    /// <summary>The elements themselves, in C order, not copied.</summary>
    /// <exception cref="InvalidOperationException">The array holds another type: use <see cref="ToSingle"/>, <see cref="ToDouble"/> or <see cref="ToInt64"/>.</exception>
    public T[] As<T>()
        where T : unmanaged => ElementType == typeof(T)
            ? (T[])_data
            : throw new InvalidOperationException($"The array holds {ElementType.Name}, not {typeof(T).Name}: ask for {ElementType.Name} or convert with ToSingle, ToDouble or ToInt64.");

    /// <summary>A copy as float32, each value rounded to the nearest.</summary>
    public float[] ToSingle() => Elements.ToSingle(_data);

    /// <summary>A copy as float64; 64-bit integers above 2^53 are rounded.</summary>
    public double[] ToDouble() => Elements.ToDouble(_data);

    /// <summary>A copy as int64; exact.</summary>
    /// <exception cref="InvalidOperationException">A value is no integer or does not fit.</exception>
    public long[] ToInt64() => Elements.Accept(_data, new Int64Visitor());

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType.Name}({string.Join(", ", Shape)})";

    private sealed class Int64Visitor : IElementVisitor<long[]>
    {
        public long[] Visit<T>(ReadOnlySpan<T> data)
            where T : unmanaged, INumberBase<T>
        {
            var result = new long[data.Length];
            for (var n = 0; n < result.Length; n++)
            {
                if (!T.IsInteger(data[n]))
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Element {n} is {data[n]}, not an integer."));
                }
                try
                {
                    result[n] = long.CreateChecked(data[n]);
                }
                catch (OverflowException e)
                {
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Element {n} is {data[n]}, which does not fit into 64 bits with sign."), e);
                }
            }
            return result;
        }
    }
}
