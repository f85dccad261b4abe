using System.Numerics;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Something done with the elements of an array whatever their numeric type.</summary>
internal interface IElementVisitor<out TResult>
{
    /// <summary>Called with the elements in their own type; truth values come as bytes 0 and 1.</summary>
    TResult Visit<T>(ReadOnlySpan<T> data)
        where T : unmanaged, INumberBase<T>;
}

/// <summary>Conversions from arrays of any of the stored numeric types.</summary>
internal static class Elements
{
    /// <summary>Calls the visitor with the elements in their real type.</summary>
    /// <exception cref="NotSupportedException">The element type is not one of the stored numeric types.</exception>
    public static TResult Accept<TResult>(Array data, IElementVisitor<TResult> visitor)
    {
        // By element type, not by pattern: the runtime lets an sbyte[] pass for a byte[].
        var type = data.GetType().GetElementType()!;
        if (type == typeof(Half))
        {
            return visitor.Visit<Half>((Half[])data);
        }
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => visitor.Visit<byte>(Array.ConvertAll((bool[])data, truth => truth ? (byte)1 : (byte)0)),
            TypeCode.SByte => visitor.Visit<sbyte>((sbyte[])data),
            TypeCode.Byte => visitor.Visit<byte>((byte[])data),
            TypeCode.Int16 => visitor.Visit<short>((short[])data),
            TypeCode.UInt16 => visitor.Visit<ushort>((ushort[])data),
            TypeCode.Int32 => visitor.Visit<int>((int[])data),
            TypeCode.UInt32 => visitor.Visit<uint>((uint[])data),
            TypeCode.Int64 => visitor.Visit<long>((long[])data),
            TypeCode.UInt64 => visitor.Visit<ulong>((ulong[])data),
            TypeCode.Single => visitor.Visit<float>((float[])data),
            TypeCode.Double => visitor.Visit<double>((double[])data),
            _ => throw new NotSupportedException($"Arrays of {type.Name} hold no numbers that can be converted."),
        };
    }

    /// <summary>value · slope + intercept, computed in double and rounded to float32.</summary>
    public static float[] ToSingle(Array data, double slope = 1, double intercept = 0)
    {
        var result = GC.AllocateUninitializedArray<float>(data.Length);
        ToSingle(data, result, slope, intercept);
        return result;
    }

    /// <summary>The same into memory of the caller's, as long as <paramref name="data"/>.</summary>
    public static void ToSingle(Array data, Memory<float> destination, double slope = 1, double intercept = 0) => Accept(data, new SingleVisitor(destination, slope, intercept));

    /// <summary>Every element as float64.</summary>
    public static double[] ToDouble(Array data) => Accept(data, new DoubleVisitor());

    private sealed class SingleVisitor(Memory<float> destination, double slope, double intercept) : IElementVisitor<int>
    {
        public int Visit<T>(ReadOnlySpan<T> data)
            where T : unmanaged, INumberBase<T>
        {
            var result = destination.Span[..data.Length];
            for (var n = 0; n < result.Length; n++)
            {
                result[n] = (float)((double.CreateTruncating(data[n]) * slope) + intercept);
            }
            return result.Length;
        }
    }

    private sealed class DoubleVisitor : IElementVisitor<double[]>
    {
        public double[] Visit<T>(ReadOnlySpan<T> data)
            where T : unmanaged, INumberBase<T>
        {
            var result = GC.AllocateUninitializedArray<double>(data.Length);
            for (var n = 0; n < result.Length; n++)
            {
                result[n] = double.CreateTruncating(data[n]);
            }
            return result;
        }
    }
}
