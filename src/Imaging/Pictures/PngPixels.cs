using System.IO.Compression;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>Inflates the pixels of a PNG, undoes the filters and spreads interlaced passes. Source: PNG specification (W3C), sections 7 to 9.</summary>
internal sealed class PngPixels
{
    /// <summary>Deflate makes at most 1032 bytes of one; a file that claims more pixels holds them not.</summary>
    private const long LargestRatio = 1032;

    /// <summary>First column and row of each interlaced pass, and the steps from one to the next.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly PngHeader _header;
    private readonly string _path;
    private readonly ushort[][] _samples;

    private PngPixels(PngHeader header, string path)
    {
        (_header, _path) = (header, path);
        _samples = [.. Enumerable.Range(0, header.SamplesPerPixel).Select(_ => new ushort[header.Width * header.Height])];
    }

    /// <summary>The samples, a plane [H, W] for each that a pixel has.</summary>
    /// <exception cref="VolumeFormatException">There are too few, or they are damaged.</exception>
    public static ushort[][] Decode(PngChunks chunks, string path)
    {
        var header = chunks.Header;
        if ((long)header.RowBytes(header.Width) * header.Height > (chunks.Data.Length + 1) * LargestRatio)
        {
            throw new VolumeFormatException(path, "pixels", $"those of {header.Width}x{header.Height}", $"{chunks.Data.Length} compressed bytes, which cannot hold so many");
        }
        var pixels = new PngPixels(header, path);
        chunks.Data.Position = 0;
        using var inflated = new ZLibStream(chunks.Data, CompressionMode.Decompress, leaveOpen: true);
        try
        {
            foreach (var (x, y, stepX, stepY) in header.Interlaced ? Passes : [(0, 0, 1, 1)])
            {
                pixels.ReadPass(inflated, x, y, stepX, stepY);
            }
        }
        catch (InvalidDataException fault)
        {
            throw new VolumeFormatException(path, "pixels", "a zlib stream", fault.Message, fault);
        }
        return pixels._samples;
    }

    private void ReadPass(Stream data, int x, int y, int stepX, int stepY)
    {
        var (columns, rows) = ((_header.Width - x + stepX - 1) / stepX, (_header.Height - y + stepY - 1) / stepY);
        if (columns < 1 || rows < 1)
        {
            return;
        }
        var length = _header.RowBytes(columns);
        var (row, above) = (new byte[length + 1], new byte[length + 1]);
        for (var r = 0; r < rows; r++)
        {
            if (data.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
            {
                throw new VolumeFormatException(_path, "pixels", $"{_header.Height} rows", "fewer; the file is truncated or damaged");
            }
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1));
            Unpack(row.AsSpan(1), columns, ((y + (r * stepY)) * _header.Width) + x, stepX);
            (row, above) = (above, row);
        }
    }

    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above)
    {
        var pixel = Math.Max(1, _header.SamplesPerPixel * _header.BitDepth / 8);
        for (var i = 0; i < row.Length; i++)
        {
            int left = i < pixel ? 0 : row[i - pixel], corner = i < pixel ? 0 : above[i - pixel];
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => above[i],
                3 => (byte)((left + above[i]) / 2),
                4 => (byte)Paeth(left, above[i], corner),
                _ => throw new VolumeFormatException(_path, "filter of a row", "0 to 4", $"{filter}"),
            };
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        int toLeft = Math.Abs(above - corner), toAbove = Math.Abs(left - corner), toCorner = Math.Abs(left + above - (2 * corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private void Unpack(ReadOnlySpan<byte> row, int columns, int first, int step)
    {
        var (bits, planes) = (_header.BitDepth, _samples.Length);
        for (var column = 0; column < columns; column++)
        {
            for (var plane = 0; plane < planes; plane++)
            {
                var sample = (column * planes) + plane;
                _samples[plane][first + (column * step)] = bits switch
                {
                    16 => (ushort)((row[2 * sample] << 8) | row[(2 * sample) + 1]),
                    8 => row[sample],
                    _ => (ushort)((row[sample * bits / 8] >> (8 - bits - (sample * bits % 8))) & _header.MaxSample),
                };
            }
        }
    }
}
