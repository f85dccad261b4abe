using System.IO.Compression;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Decodes a gzip file and tells whether it was whole. .NET's decoder takes a file that ends too early for one that is finished,
/// so a small member of known content is put behind the file: only after an intact end does it come out at the end.</summary>
internal sealed class GzipInput : ReadOnlyStream
{
    /// <summary>Bytes behind the wanted data that a file may have: a small file can be made to decode to any number of them.</summary>
    private const long MaxTrailingBytes = 64 << 20;

    private static readonly byte[] Mark = "\u0001end of this file\u0002"u8.ToArray();
    private static readonly byte[] MarkMember = Compress(Mark);
    private readonly GZipStream _decoder;
    private readonly Stream _file;
    private readonly string _path;
    private long _decoded;

    /// <summary>Decodes from the start of <paramref name="file"/>, which can seek and is closed with this stream.</summary>
    public GzipInput(Stream file, string path)
    {
        (_file, _path) = (file, path);
        _decoder = new GZipStream(new Joined(file, MarkMember), CompressionMode.Decompress);
    }

    /// <summary>Whether a file's first bytes are those of gzip.</summary>
    public static bool IsMagic(ReadOnlySpan<byte> start) => start.Length >= 2 && start[0] == 0x1F && start[1] == 0x8B;

    /// <summary>Reads what is left and checks that the file's end, with its CRC, is there.</summary>
    /// <param name="rest">This stream, or one that reads through to it.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="VolumeFormatException">The file was cut off or is damaged, or goes on for more than 64 MiB.</exception>
    public static void VerifyEnd(Stream rest, string path)
    {
        var tail = new byte[(1 << 16) + Mark.Length];
        var kept = 0;
        for (long total = 0; total < MaxTrailingBytes;)
        {
            var got = rest.Read(tail, kept, tail.Length - kept);
            if (got == 0)
            {
                if (!tail.AsSpan(0, kept).EndsWith(Mark))
                {
                    throw new VolumeFormatException(path, "gzip end", "a whole gzip file with its CRC and length at the end", "a file that is cut off or has other data behind it");
                }
                return;
            }
            total += got;
            kept += got;
            if (kept > Mark.Length)
            {
                tail.AsSpan(kept - Mark.Length, Mark.Length).CopyTo(tail);
                kept = Mark.Length;
            }
        }
        throw new VolumeFormatException(path, "gzip end", $"at most {MaxTrailingBytes >> 20} MiB behind the voxels that the header describes", "more: the header does not fit the data, or the file has other data behind it");
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            var got = _decoder.Read(buffer);
            _decoded += got;
            return got;
        }
        catch (InvalidDataException fault)
        {
            throw GzipFault.Of(_path, _file, _decoded, fault);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] data)
    {
        using var buffer = new MemoryStream();
        using (var encoder = new GZipStream(buffer, CompressionLevel.Optimal))
        {
            encoder.Write(data);
        }
        return buffer.ToArray();
    }

    /// <summary>A stream followed by a few bytes.</summary>
    private sealed class Joined(Stream first, byte[] last) : ReadOnlyStream
    {
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            var got = _at == 0 ? first.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) : 0;
            var more = Math.Min(buffer.Length - got, last.Length - _at);
            last.AsSpan(_at, more).CopyTo(buffer[got..]);
            _at += more;
            return got + more;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                first.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
