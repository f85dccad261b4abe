using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>Reads and writes NumPy's .npy files: one array of numbers.</summary>
public static class NpyFile
{
    /// <summary>Reads the first array of a file, in C order and this machine's byte order.
    /// Versions 1.0 to 3.0, both byte orders, C and Fortran order; bool, signed and unsigned integers of 8 to 64 bits, floats of 16 to 64 bits.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">It is no npy file, is truncated, or holds something else than numbers (object arrays are never opened).</exception>
    public static NpyArray Read(string path)
    {
        using var stream = InputFile.Open(path);
        var header = ReadHeader(stream, path);
        return NpyData.Read(stream, header, true, path, "");
    }

    /// <summary>Writes an array, version 1.0, little endian, C order; the file appears whole or not at all.</summary>
    public static void Write(string path, NpyArray array)
    {
        ArgumentNullException.ThrowIfNull(array);
        AtomicFile.Write(path, stream => NpyData.Write(stream, array));
    }

    /// <summary>Reads the header and compares the size it claims with the file's.</summary>
    internal static NpyHeader ReadHeader(FileStream stream, string path)
    {
        var header = NpyHeader.Read(stream, path, "");
        var left = stream.Length - stream.Position;
        return header.ByteCount <= left
            ? header
            : throw new VolumeFormatException(path, "data", $"{header.ByteCount} bytes for shape ({string.Join(", ", header.Shape)}) of {header.ElementType.Descr}", $"{left} bytes");
    }
}
