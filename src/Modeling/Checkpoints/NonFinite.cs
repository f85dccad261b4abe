using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Counts NaN and infinite values in raw bytes.</summary>
internal static class NonFinite
{
    private const ushort HalfExponent = 0x7c00;
    private const ushort BFloat16Exponent = 0x7f80;

    /// <summary>How many values of the type are NaN or infinite; none in integers.</summary>
    public static long Count(ElementType type, ReadOnlySpan<byte> bytes)
    {
        long count = 0;
        switch (type)
        {
            case ElementType.Float32:
                foreach (var value in MemoryMarshal.Cast<byte, float>(bytes))
                {
                    count += float.IsFinite(value) ? 0 : 1;
                }
                break;
            case ElementType.Float64:
                foreach (var value in MemoryMarshal.Cast<byte, double>(bytes))
                {
                    count += double.IsFinite(value) ? 0 : 1;
                }
                break;
            case ElementType.Float16 or ElementType.BFloat16:
                var exponent = type == ElementType.Float16 ? HalfExponent : BFloat16Exponent;
                foreach (var value in MemoryMarshal.Cast<byte, ushort>(bytes))
                {
                    count += (value & exponent) == exponent ? 1 : 0;
                }
                break;
        }
        return count;
    }
}
