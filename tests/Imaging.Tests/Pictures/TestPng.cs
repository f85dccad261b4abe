using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Tests.Pictures;

/// <summary>Writes PNG files of every kind, whatever the library itself writes. Filters go round: none, sub, up, average, Paeth.</summary>
internal sealed record TestPng(int Width, int Height, int Bits, int ColorType, ushort[] Samples)
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public bool Interlaced { get; init; }

    public byte[]? Palette { get; init; }

    public byte[]? Transparency { get; init; }

    public int SamplesPerPixel => ColorType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    public string Write(string path)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = ((byte)Bits, (byte)ColorType, (byte)(Interlaced ? 1 : 0));
        Chunk(file, "IHDR", header);
        if (Palette is not null)
        {
            Chunk(file, "PLTE", Palette);
        }
        if (Transparency is not null)
        {
            Chunk(file, "tRNS", Transparency);
        }
        var data = Data();
        // In two chunks, as files of other programs have it.
        Chunk(file, "IDAT", data[..(data.Length / 2)]);
        Chunk(file, "IDAT", data[(data.Length / 2)..]);
        Chunk(file, "IEND", []);
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }

    private byte[] Data()
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var (x, y, stepX, stepY) in Interlaced ? Adam7 : [(0, 0, 1, 1)])
            {
                int[] columns = [.. Enumerable.Range(0, Width).Where(c => c >= x && (c - x) % stepX == 0)], rows = [.. Enumerable.Range(0, Height).Where(r => r >= y && (r - y) % stepY == 0)];
                byte[] above = new byte[(columns.Length * SamplesPerPixel * Bits / 8) + 1];
                for (var r = 0; r < rows.Length && columns.Length > 0; r++)
                {
                    var raw = Pack([.. columns.SelectMany(c => Enumerable.Range(0, SamplesPerPixel).Select(s => Samples[(((rows[r] * Width) + c) * SamplesPerPixel) + s]))]);
                    zlib.WriteByte((byte)(r % 5));
                    zlib.Write(Filter(raw, above, r % 5));
                    above = raw;
                }
            }
        }
        return compressed.ToArray();
    }

    private byte[] Pack(ushort[] row)
    {
        var bits = string.Concat(row.Select(sample => Convert.ToString(sample, 2).PadLeft(Bits, '0')));
        return [.. bits.PadRight((bits.Length + 7) / 8 * 8, '0').Chunk(8).Select(group => Convert.ToByte(new string(group), 2))];
    }

    private byte[] Filter(byte[] raw, byte[] above, int filter)
    {
        var pixel = Math.Max(1, SamplesPerPixel * Bits / 8);
        return [.. raw.Select((value, i) =>
        {
            int left = i < pixel ? 0 : raw[i - pixel], up = above[i], corner = i < pixel ? 0 : above[i - pixel];
            return (byte)(value - filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => new[] { left, up, corner }.MinBy(near => Math.Abs(left + up - corner - near)) });
        })];
    }

    private static void Chunk(MemoryStream file, string type, byte[] content)
    {
        var bytes = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(bytes, content.Length);
        Encoding.ASCII.GetBytes(type, bytes.AsSpan(4));
        content.CopyTo(bytes, 8);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(content.Length + 8), Crc32.Of(bytes.AsSpan(4, content.Length + 4)));
        file.Write(bytes);
    }
}
