using System.IO.Compression;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Tells what is wrong with a gzip file that does not decode. .NET's decoder calls every fault an unsupported compression method, so the compressed data
/// are decoded once more without what gzip puts around them.</summary>
internal static class GzipFault
{
    private const int FixedHeaderBytes = 10;
    private const int FlagsAt = 3;

    /// <summary>The error for a file whose decoder gave up after <paramref name="decoded"/> bytes.</summary>
    public static VolumeFormatException Of(string path, Stream file, long decoded, InvalidDataException fault) =>
        DecodesBeyond(file, decoded)
            ? new(path, "gzip end", "the checksum (CRC-32) and the length of the data behind them", "others: the file is damaged or cut off", fault)
            : new(path, "gzip data", "intact compressed data", $"data that stop making sense after {decoded} decoded bytes: the file is damaged or cut off", fault);

    /// <summary>Whether the data of the file's first member come to their own end at that place or later, so that only what follows them can be wrong.</summary>
    private static bool DecodesBeyond(Stream file, long decoded)
    {
        file.Position = 0;
        var watched = new WatchedStream(file);
        try
        {
            SkipHeader(watched);
            using var decoder = new DeflateStream(watched, CompressionMode.Decompress, leaveOpen: true);
            var buffer = new byte[1 << 16];
            long length = 0;
            for (int got; (got = decoder.Read(buffer)) > 0;)
            {
                length += got;
            }
            return !watched.HasEnded && length >= decoded;
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
    }

    /// <summary>Goes to the compressed data (RFC 1952, 2.3).</summary>
    private static void SkipHeader(Stream file)
    {
        var header = new byte[FixedHeaderBytes];
        file.ReadExactly(header);
        var flags = header[FlagsAt];
        if ((flags & 4) != 0)
        {
            file.ReadExactly(header, 0, 2);
            file.ReadExactly(new byte[header[0] | (header[1] << 8)]);
        }
        foreach (var text in new[] { 8, 16 })
        {
            while ((flags & text) != 0 && file.ReadByte() is var next && next != 0)
            {
                if (next < 0)
                {
                    throw new EndOfStreamException();
                }
            }
        }
        file.ReadExactly(header, 0, (flags & 2) != 0 ? 2 : 0);
    }

    /// <summary>Remembers whether it was asked for more than there is: only data without an end of their own ask for that.</summary>
    private sealed class WatchedStream(Stream inner) : ReadOnlyStream
    {
        public bool HasEnded { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var got = inner.Read(buffer);
            HasEnded |= got == 0 && buffer.Length > 0;
            return got;
        }
    }
}
