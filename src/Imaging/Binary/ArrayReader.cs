using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Imaging.Binary;

/// <summary>Reads arrays whose length a header claims, without believing it before the bytes are there.</summary>
internal static class ArrayReader
{
    /// <summary>Largest piece allocated on the word of a header alone, in bytes.</summary>
    private const int FirstBytes = 16 << 20;

    /// <summary>Reads exactly <paramref name="count"/> elements in the file's own byte order.</summary>
    /// <param name="stream">The data, positioned at the first element.</param>
    /// <param name="count">Number of elements, 0 or more.</param>
    /// <param name="lengthIsProven">Whether the caller has compared the size with the file's real length; otherwise the array grows with what is really read.</param>
    /// <param name="path">The file, for the error.</param>
    /// <param name="field">The part of the file, for the error.</param>
    /// <param name="reuse">An array of <paramref name="count"/> elements to fill instead of a new one; null for a new one.</param>
    /// <exception cref="VolumeFormatException">The data end too early.</exception>
    public static T[] Read<T>(Stream stream, int count, bool lengthIsProven, string path, string field, T[]? reuse = null)
        where T : unmanaged
    {
        if (reuse is not null)
        {
            Fill(stream, reuse.AsSpan(), 0, count, path, field);
            return reuse;
        }
        var first = lengthIsProven ? count : Math.Min(count, FirstBytes / Unsafe.SizeOf<T>());
        var data = GC.AllocateUninitializedArray<T>(first);
        var filled = 0;
        while (true)
        {
            Fill(stream, data.AsSpan(filled), filled, count, path, field);
            filled = data.Length;
            if (filled == count)
            {
                return data;
            }
            Array.Resize(ref data, (int)Math.Min(count, filled * 4L));
        }
    }

    /// <summary>Reads <paramref name="length"/> bytes of a header.</summary>
    /// <exception cref="VolumeFormatException">The file ends too early.</exception>
    public static byte[] ReadBytes(Stream stream, int length, string path, string field) => Read<byte>(stream, length, false, path, field);

    /// <summary>Reads and drops <paramref name="length"/> bytes.</summary>
    /// <exception cref="VolumeFormatException">The file ends too early.</exception>
    public static void Skip(Stream stream, long length, string path, string field)
    {
        var buffer = new byte[(int)Math.Min(length, 1 << 16)];
        for (var left = length; left > 0;)
        {
            var got = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (got == 0)
            {
                throw new VolumeFormatException(path, field, $"{length} bytes", $"the end of the file after {length - left} of them");
            }
            left -= got;
        }
    }

    private static void Fill<T>(Stream stream, Span<T> part, int before, int count, string path, string field)
        where T : unmanaged
    {
        // A span of bytes holds at most 2^31-1 of them: large arrays are filled piece by piece.
        var perPiece = (1 << 26) / Unsafe.SizeOf<T>();
        for (var start = 0; start < part.Length; start += perPiece)
        {
            var bytes = MemoryMarshal.AsBytes(part.Slice(start, Math.Min(perPiece, part.Length - start)));
            var got = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (got < bytes.Length)
            {
                long size = Unsafe.SizeOf<T>();
                throw new VolumeFormatException(path, field, $"{count * size} bytes", $"the end of the file after {((before + (long)start) * size) + got} of them");
            }
        }
    }
}
