using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Turns arrays read from a big-endian file into this machine's order.</summary>
internal static class ByteOrder
{
    /// <summary>Reverses the bytes of every element in place.</summary>
    public static void Reverse<T>(Span<T> data)
        where T : unmanaged
    {
        switch (Unsafe.SizeOf<T>())
        {
            case 2:
                var shorts = MemoryMarshal.Cast<T, ushort>(data);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<T, uint>(data);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<T, ulong>(data);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break; // One byte has no order.
        }
    }
}
