using System.Runtime.InteropServices;
using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>The elements behind an npy header.</summary>
internal static class NpyData
{
    /// <summary>Reads the elements into C order and this machine's byte order.</summary>
    /// <exception cref="VolumeFormatException">The data end too early.</exception>
    public static NpyArray Read(Stream stream, NpyHeader header, bool lengthIsProven, string path, string prefix)
    {
        var field = prefix + "data";
        var type = header.ElementType.Type;
        if (type == typeof(bool))
        {
            var bytes = Load<byte>(stream, header, lengthIsProven, path, field);
            return new NpyArray(Array.ConvertAll(bytes, value => value != 0), header.Shape);
        }
        Array data = header.ElementType.Code switch
        {
            "i1" => Load<sbyte>(stream, header, lengthIsProven, path, field),
            "u1" => Load<byte>(stream, header, lengthIsProven, path, field),
            "i2" => Load<short>(stream, header, lengthIsProven, path, field),
            "u2" => Load<ushort>(stream, header, lengthIsProven, path, field),
            "i4" => Load<int>(stream, header, lengthIsProven, path, field),
            "u4" => Load<uint>(stream, header, lengthIsProven, path, field),
            "i8" => Load<long>(stream, header, lengthIsProven, path, field),
            "u8" => Load<ulong>(stream, header, lengthIsProven, path, field),
            "f2" => Load<Half>(stream, header, lengthIsProven, path, field),
            "f4" => Load<float>(stream, header, lengthIsProven, path, field),
            _ => Load<double>(stream, header, lengthIsProven, path, field),
        };
        return new NpyArray(data, header.Shape);
    }

    /// <summary>Writes header and elements, version 1.0 unless the shape needs 2.0, little endian, C order.</summary>
    public static void Write(Stream stream, NpyArray array)
    {
        stream.Write(NpyHeader.Format(array.ElementType, array.Shape));
        switch (NpyType.Of(array.ElementType).Code)
        {
            case "b1": Store<byte>(stream, Array.ConvertAll(array.As<bool>(), truth => truth ? (byte)1 : (byte)0)); break;
            case "i1": Store<sbyte>(stream, array.As<sbyte>()); break;
            case "u1": Store<byte>(stream, array.As<byte>()); break;
            case "i2": Store<short>(stream, array.As<short>()); break;
            case "u2": Store<ushort>(stream, array.As<ushort>()); break;
            case "i4": Store<int>(stream, array.As<int>()); break;
            case "u4": Store<uint>(stream, array.As<uint>()); break;
            case "i8": Store<long>(stream, array.As<long>()); break;
            case "u8": Store<ulong>(stream, array.As<ulong>()); break;
            case "f2": Store<Half>(stream, array.As<Half>()); break;
            case "f4": Store<float>(stream, array.As<float>()); break;
            default: Store<double>(stream, array.As<double>()); break;
        }
    }

    /// <summary>Writes one float32 array of that shape whose elements come in <paramref name="parts"/>.</summary>
    public static void Write(Stream stream, int[] shape, IEnumerable<float[]> parts)
    {
        stream.Write(NpyHeader.Format(typeof(float), shape));
        foreach (var part in parts)
        {
            Store<float>(stream, part);
        }
    }

    private static T[] Load<T>(Stream stream, NpyHeader header, bool lengthIsProven, string path, string field)
        where T : unmanaged
    {
        var data = ArrayReader.Read<T>(stream, header.Count, lengthIsProven, path, field);
        if (header.ElementType.BigEndian == BitConverter.IsLittleEndian)
        {
            ByteOrder.Reverse<T>(data);
        }
        return header.FortranOrder && header.Shape.Count(size => size > 1) > 1 ? FromFortran(data, header.Shape) : data;
    }

    /// <summary>From first axis fastest to last axis fastest.</summary>
    private static T[] FromFortran<T>(T[] source, int[] shape)
    {
        var strides = new int[shape.Length];
        for (int axis = 0, stride = 1; axis < shape.Length; stride *= shape[axis], axis++)
        {
            strides[axis] = stride;
        }
        var result = new T[source.Length];
        var index = new int[shape.Length];
        for (int n = 0, at = 0; n < result.Length; n++)
        {
            result[n] = source[at];
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < shape[axis])
                {
                    break;
                }
                at -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return result;
    }

    private static void Store<T>(Stream stream, ReadOnlySpan<T> data)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
        {
            var copy = data.ToArray();
            ByteOrder.Reverse<T>(copy);
            data = copy;
        }
        const int perPiece = 1 << 20;
        for (var start = 0; start < data.Length; start += perPiece)
        {
            stream.Write(MemoryMarshal.AsBytes(data.Slice(start, Math.Min(perPiece, data.Length - start))));
        }
    }
}
