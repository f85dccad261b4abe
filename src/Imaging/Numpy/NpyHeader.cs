using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>The header of one npy array: NumPy's "npy format" versions 1.0, 2.0 and 3.0 (numpy/lib/format documentation).</summary>
internal sealed record NpyHeader(NpyType ElementType, bool FortranOrder, int[] Shape)
{
    /// <summary>The longest header read, in bytes: NumPy's own limit; real ones have about a hundred.</summary>
    private const int MaxLength = 10_000;

    /// <summary>NumPy leaves room for this many digits of the first size, so that a file can grow in place.</summary>
    private const int GrowthDigits = 21;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements.</summary>
    public int Count { get; private init; }

    /// <summary>Number of bytes of the elements.</summary>
    public long ByteCount => (long)Count * ElementType.Size;

    /// <summary>Whether the elements of a volume lie slice by slice.</summary>
    public bool IsInSlices => Shape.Length is 2 or 3 && !(FortranOrder && Shape.Count(size => size > 1) > 1);

    /// <summary>The header that one slice of such a volume would have.</summary>
    public NpyHeader OfSlice() => this with { Shape = Shape[^2..], Count = Shape[^2] * Shape[^1], FortranOrder = false };

    /// <summary>Whether a file's first bytes are those of an npy array.</summary>
    public static bool IsMagic(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Reads a header and leaves the stream at the first element.</summary>
    /// <param name="stream">The array from its first byte.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="prefix">Put before the field in errors: empty, or the archive's entry.</param>
    /// <exception cref="VolumeFormatException">It is no npy header, or one of an array that is not numeric.</exception>
    public static NpyHeader Read(Stream stream, string path, string prefix)
    {
        var start = ArrayReader.ReadBytes(stream, 8, path, prefix + "magic");
        if (!IsMagic(start))
        {
            throw new VolumeFormatException(path, prefix + "magic", "93 'NUMPY'", Convert.ToHexString(start.AsSpan(0, 6)));
        }
        var (major, minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
        {
            throw new VolumeFormatException(path, prefix + "version", "1.0, 2.0 or 3.0", $"{major}.{minor}");
        }
        var lengthField = ArrayReader.ReadBytes(stream, major == 1 ? 2 : 4, path, prefix + "header length");
        var length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (length > MaxLength)
        {
            throw new VolumeFormatException(path, prefix + "header length", $"at most {MaxLength} bytes", $"{length}");
        }
        var text = ArrayReader.ReadBytes(stream, (int)length, path, prefix + "header");
        return new NpyHeaderParser(major == 3 ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text), path, prefix).Parse();
    }

    /// <summary>Checks a shape and gives the header.</summary>
    /// <exception cref="VolumeFormatException">More elements than an array can hold.</exception>
    public static NpyHeader Create(NpyType type, bool fortranOrder, IReadOnlyList<long> shape, string path, string prefix)
    {
        var text = string.Join(", ", shape.Take(16)) + (shape.Count > 16 ? ", …" : "");
        // A zero anywhere makes the array empty, however large the other sizes are.
        decimal count = shape.Contains(0) ? 0 : 1;
        foreach (var size in shape)
        {
            count *= size;
            if (count > Array.MaxLength || size > Array.MaxLength)
            {
                throw new VolumeFormatException(path, prefix + "shape", $"at most {Array.MaxLength} elements", $"({text})");
            }
        }
        return new NpyHeader(type, fortranOrder, [.. shape.Select(size => (int)size)]) { Count = (int)count };
    }

    /// <summary>The header as bytes, padded so that the elements start at a multiple of 64.</summary>
    public static byte[] Format(Type elementType, int[] sizes)
    {
        var shape = sizes.Length == 1 ? $"({sizes[0]},)" : $"({string.Join(", ", sizes)})";
        var text = $"{{'descr': '{NpyType.Of(elementType).Descr}', 'fortran_order': False, 'shape': {shape}, }}";
        if (sizes.Length > 0)
        {
            text += new string(' ', GrowthDigits - sizes[0].ToString(CultureInfo.InvariantCulture).Length);
        }
        var wide = text.Length + 1 + 10 + 63 > ushort.MaxValue;
        var prefix = wide ? 12 : 10;
        var padded = text.PadRight(((prefix + text.Length + 1 + 63) / 64 * 64) - prefix - 1) + "\n";
        var bytes = new byte[prefix + padded.Length];
        Magic.CopyTo(bytes);
        bytes[6] = (byte)(wide ? 2 : 1);
        if (wide)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), padded.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)padded.Length);
        }
        Encoding.Latin1.GetBytes(padded, bytes.AsSpan(prefix));
        return bytes;
    }
}
