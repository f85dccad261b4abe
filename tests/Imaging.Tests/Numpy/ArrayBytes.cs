using System.Runtime.InteropServices;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Numpy;

internal static class ArrayBytes
{
    /// <summary>The elements as bytes in C order, little endian.</summary>
    public static byte[] Of(NpyArray array) => Type.GetTypeCode(array.ElementType) switch
    {
        TypeCode.Boolean => MemoryMarshal.AsBytes<bool>(array.As<bool>()).ToArray(),
        TypeCode.SByte => MemoryMarshal.AsBytes<sbyte>(array.As<sbyte>()).ToArray(),
        TypeCode.Byte => array.As<byte>(),
        TypeCode.Int16 => MemoryMarshal.AsBytes<short>(array.As<short>()).ToArray(),
        TypeCode.UInt16 => MemoryMarshal.AsBytes<ushort>(array.As<ushort>()).ToArray(),
        TypeCode.Int32 => MemoryMarshal.AsBytes<int>(array.As<int>()).ToArray(),
        TypeCode.UInt32 => MemoryMarshal.AsBytes<uint>(array.As<uint>()).ToArray(),
        TypeCode.Int64 => MemoryMarshal.AsBytes<long>(array.As<long>()).ToArray(),
        TypeCode.UInt64 => MemoryMarshal.AsBytes<ulong>(array.As<ulong>()).ToArray(),
        TypeCode.Single => MemoryMarshal.AsBytes<float>(array.As<float>()).ToArray(),
        TypeCode.Double => MemoryMarshal.AsBytes<double>(array.As<double>()).ToArray(),
        _ => MemoryMarshal.AsBytes<Half>(array.As<Half>()).ToArray(),
    };
}
