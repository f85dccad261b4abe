using System.Buffers.Binary;
using System.Text;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>Reads numbers from a header in the file's byte order.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> header, bool bigEndian)
{
    private readonly ReadOnlySpan<byte> _header = header;

    public byte Byte(int offset) => _header[offset];

    public short Int16(int offset) => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_header[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_header[offset..]);

    public int Int32(int offset) => bigEndian ? BinaryPrimitives.ReadInt32BigEndian(_header[offset..]) : BinaryPrimitives.ReadInt32LittleEndian(_header[offset..]);

    public long Int64(int offset) => bigEndian ? BinaryPrimitives.ReadInt64BigEndian(_header[offset..]) : BinaryPrimitives.ReadInt64LittleEndian(_header[offset..]);

    public double Single(int offset) => BitConverter.Int32BitsToSingle(Int32(offset));

    public double Double(int offset) => BitConverter.Int64BitsToDouble(Int64(offset));

    /// <summary>Numbers one after the other.</summary>
    public double[] Singles(int offset, int count)
    {
        var values = new double[count];
        for (var n = 0; n < count; n++)
        {
            values[n] = Single(offset + (4 * n));
        }
        return values;
    }

    /// <summary>Numbers one after the other.</summary>
    public double[] Doubles(int offset, int count)
    {
        var values = new double[count];
        for (var n = 0; n < count; n++)
        {
            values[n] = Double(offset + (8 * n));
        }
        return values;
    }

    /// <summary>Text up to the first zero byte.</summary>
    public string Text(int offset, int length)
    {
        var bytes = _header.Slice(offset, length);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).TrimEnd();
    }
}
