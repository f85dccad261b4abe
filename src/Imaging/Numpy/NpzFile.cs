using System.IO.Compression;
using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Numpy;

/// <summary>NumPy's .npz: a zip archive of npy arrays, stored or deflated. Arrays are read when asked for. Not for several threads at once.</summary>
public sealed class NpzFile : IDisposable
{
    /// <summary>Deflate cannot shrink data more than about 1032 times: an entry that claims more is no real one.</summary>
    private const long MaxDeflateRatio = 1100;

    private readonly string _path;
    private readonly long _fileLength;
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private NpzFile(string path, FileStream stream)
    {
        _path = path;
        _fileLength = stream.Length;
        _archive = new ZipArchive(stream, ZipArchiveMode.Read);
        // As NumPy looks names up: first without ".npy", then as they are; of equal names the last counts.
        foreach (var entry in _archive.Entries)
        {
            _entries[KeyOf(entry)] = entry;
        }
        foreach (var entry in _archive.Entries)
        {
            _entries[entry.FullName] = entry;
        }
        Names = [.. _archive.Entries.Where(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal)).Select(KeyOf).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The arrays' names, without ".npy", in the order of the archive.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads an array, as <see cref="NpyFile.Read"/> does, and checks its CRC. Every call reads anew.</summary>
    /// <exception cref="VolumeFormatException">There is no such array, it is damaged, or it does not hold numbers.</exception>
    public NpyArray this[string name]
    {
        get
        {
            var (entry, prefix) = Find(name);
            using var stream = Open(entry, prefix);
            var header = ReadHeader(stream, entry, prefix);
            var array = NpyData.Read(stream, header, false, _path, prefix);
            VerifyCrc(stream, entry, prefix);
            return array;
        }
    }

    /// <summary>Opens an archive and reads its list of entries.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">It is no zip archive, or its list of entries is damaged.</exception>
    public static NpzFile Open(string path)
    {
        var stream = InputFile.Open(path);
        try
        {
            return new NpzFile(path, stream);
        }
        catch (Exception e) when (IsZipFault(e))
        {
            stream.Dispose();
            throw new VolumeFormatException(path, "zip archive", "an intact .npz (zip) file", e.Message.TrimEnd('.'), e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Writes arrays in the given order, deflated when <paramref name="compress"/> is set; the same arrays always give the same bytes.
    /// The file appears whole or not at all.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, NpyArray>> arrays, bool compress = false)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        var names = new HashSet<string>(StringComparer.Ordinal);
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (name, array) in arrays)
            {
                if (!names.Add(name))
                {
                    throw new ArgumentException($"The array '{name}' is given twice.", nameof(arrays));
                }
                var entry = archive.CreateEntry(name + ".npy", compress ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var data = entry.Open();
                NpyData.Write(data, array);
            }
        });
    }

    /// <summary>Writes one float32 array whose elements come in parts, deflated; only a part is in memory.</summary>
    /// <exception cref="ArgumentException">More elements than an array of .NET, and so this class, could read back.</exception>
    internal static void WriteParts(string path, string name, int[] shape, IEnumerable<float[]> parts)
    {
        if (shape.Aggregate(1m, (product, size) => product * size) > Array.MaxLength)
        {
            throw new ArgumentException($"{path}: an npz array holds at most {Array.MaxLength} elements here, and ({string.Join(", ", shape)}) has more: write .nii.gz.", nameof(shape));
        }
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            var entry = archive.CreateEntry(name + ".npy", CompressionLevel.Fastest);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var data = entry.Open();
            NpyData.Write(data, shape, parts);
        });
    }

    /// <summary>Whether there is an array of that name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    /// <summary>The element type and shape of an array, without its data.</summary>
    internal NpyHeader ReadHeader(string name)
    {
        var (entry, prefix) = Find(name);
        using var stream = Open(entry, prefix);
        return ReadHeader(stream, entry, prefix);
    }

    /// <summary>The slices of an array, which keep the archive open; null when they do not lie one after the other.</summary>
    internal static NpySlices? OpenSlices(string path, string name)
    {
        var archive = Open(path);
        CheckedReadStream? stream = null;
        try
        {
            var (entry, prefix) = archive.Find(name);
            var opened = stream = archive.Open(entry, prefix);
            var header = archive.ReadHeader(opened, entry, prefix);
            if (header.IsInSlices)
            {
                return new(path, prefix, name, header, opened, () => archive.VerifyCrc(opened, entry, prefix), archive);
            }
        }
        catch
        {
            stream?.Dispose();
            archive.Dispose();
            throw;
        }
        stream.Dispose();
        archive.Dispose();
        return null;
    }

    private void VerifyCrc(CheckedReadStream stream, ZipArchiveEntry entry, string prefix)
    {
        if (stream.Crc != entry.Crc32)
        {
            throw new VolumeFormatException(_path, prefix + "CRC", $"{entry.Crc32:X8}", $"{stream.Crc:X8} (the data are damaged)");
        }
    }

    private static string KeyOf(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;

    /// <summary>What the zip reader throws on damaged archives.</summary>
    private static bool IsZipFault(Exception e) =>
        e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException or OverflowException or IndexOutOfRangeException;

    private (ZipArchiveEntry Entry, string Prefix) Find(string name) => _entries.TryGetValue(name, out var entry)
        ? (entry, $"array '{name}': ")
        : throw new VolumeFormatException(_path, "arrays", $"one named '{name}'", Names.Count == 0 ? "an empty archive" : string.Join(", ", Names.Take(20)));

    private CheckedReadStream Open(ZipArchiveEntry entry, string prefix)
    {
        if (entry.CompressedLength > _fileLength || entry.Length > entry.CompressedLength * MaxDeflateRatio)
        {
            throw new VolumeFormatException(_path, prefix + "size", $"at most {Math.Min(entry.CompressedLength, _fileLength) * MaxDeflateRatio} bytes, which is all that the entry's compressed bytes can hold", $"{entry.Length} bytes");
        }
        try
        {
            return new CheckedReadStream(entry.Open(), _path, prefix + "data");
        }
        catch (Exception e) when (IsZipFault(e))
        {
            // What the zip reader says of it is its own affair and differs between versions of .NET.
            throw new VolumeFormatException(_path, prefix + "zip entry", "a stored or deflated entry, as numpy.savez and savez_compressed write them",
                "one of another compression method (bzip2, LZMA, …), or a damaged header. Write the file again with NumPy", e);
        }
    }

    private NpyHeader ReadHeader(CheckedReadStream stream, ZipArchiveEntry entry, string prefix)
    {
        var header = NpyHeader.Read(stream, _path, prefix);
        var left = entry.Length - stream.Count;
        return header.ByteCount == left
            ? header
            : throw new VolumeFormatException(_path, prefix + "data", $"{header.ByteCount} bytes for shape ({string.Join(", ", header.Shape)}) of {header.ElementType.Descr}", $"{left} bytes");
    }
}
