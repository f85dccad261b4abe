namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Reads a file from its first byte to its last and does nothing with it.</summary>
internal static class FilePass
{
    // Fits a core's second-level cache, so that what is read does not go out to memory again.
    private const int Buffer = 1 << 20;

    /// <summary>On one thread, front to back.</summary>
    public static void Read(string path)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        ReadPart(file, 0, RandomAccess.GetLength(file));
    }

    /// <summary>On one thread into <paramref name="destination"/>, which is as long as the file: what loading cannot do without.</summary>
    public static void ReadInto(string path, byte[] destination)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        for (var at = 0; at < destination.Length;)
        {
            var read = RandomAccess.Read(file, destination.AsSpan(at, Math.Min(Buffer, destination.Length - at)), at);
            at += read > 0 ? read : throw new EndOfStreamException();
        }
    }

    /// <summary>A part of the file on every core.</summary>
    public static void ReadInParallel(string path)
    {
        using var file = File.OpenHandle(path);
        var (length, threads) = (RandomAccess.GetLength(file), Environment.ProcessorCount);
        Parallel.For(0, threads, i => ReadPart(file, length * i / threads, length * (i + 1) / threads));
    }

    private static void ReadPart(Microsoft.Win32.SafeHandles.SafeFileHandle file, long from, long to)
    {
        var buffer = new byte[Buffer];
        for (var at = from; at < to;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(Buffer, to - at)), at);
            at += read > 0 ? read : throw new EndOfStreamException();
        }
    }
}
