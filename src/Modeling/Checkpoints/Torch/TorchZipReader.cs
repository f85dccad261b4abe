using System.Text;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using SAMed.MLNet.Modeling.Checkpoints.Zip;

namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>The zip form of torch.save: ROOT/data.pkl, ROOT/data/KEY, ROOT/version, optionally ROOT/byteorder; ROOT is any folder name.</summary>
internal sealed class TorchZipReader
{
    /// <summary>The record that holds this library's metadata; PyTorch ignores records it does not know.</summary>
    public const string MetadataRecord = "samed.json";
    private const string PickleRecord = "data.pkl";
    private const long MaxPickleBytes = 64L << 20;
    private const long MaxTextBytes = 16L << 20;
    private readonly FileBytes _file;
    private readonly Dictionary<string, ZipEntry> _entries;
    private readonly Dictionary<string, (ZipStorage Storage, ElementType? Type, long Count)> _storages = [];
    private readonly string _root;
    private readonly bool _isBigEndian;

    private TorchZipReader(FileBytes file)
    {
        _file = file;
        _entries = [];
        foreach (var entry in ZipDirectory.Read(file))
        {
            if (!_entries.TryAdd(entry.Name, entry))
            {
                throw Fault(entry.Name, "one record of that name", "two");
            }
        }
        _root = FindRoot();
        _isBigEndian = ByteOrder();
    }

    /// <summary>Reads everything but the storages.</summary>
    public static CheckpointContent Read(FileBytes file)
    {
        var reader = new TorchZipReader(file);
        var pickle = new MemoryBytes(file.FilePath, reader.Record(PickleRecord)!.ReadAll(MaxPickleBytes));
        var root = PickleReader.Read(new ByteCursor(pickle, 0, "data.pkl"), new TensorBuilder(file.FilePath, pickle.Length, reader.FindStorage));
        var metadata = reader.Record(MetadataRecord) is { } record ? MetadataJson.Parse(file.FilePath, record.ReadAll(MaxTextBytes)) : new Dictionary<string, string>();
        return new CheckpointContent(file, file.FilePath, CheckpointContainer.TorchZip, new FlatTree(file.FilePath, root), metadata);
    }

    /// <summary>Every record as a storage, for checking all checksums.</summary>
    public static IEnumerable<ZipStorage> Records(FileBytes file) => ZipDirectory.Read(file).Select(entry => new ZipStorage(file, entry));

    private string FindRoot()
    {
        var pickles = _entries.Keys.Where(name => name == PickleRecord || name.EndsWith($"/{PickleRecord}", StringComparison.Ordinal)).ToList();
        return pickles.Count switch
        {
            1 => pickles[0][..^PickleRecord.Length],
            0 => throw Fault("zip archive", "a data.pkl, as torch.save writes", $"{_entries.Count} other records ({string.Join(", ", _entries.Keys.Take(3))}…)"),
            _ => throw Fault("zip archive", "one data.pkl", $"{pickles.Count}"),
        };
    }

    private bool ByteOrder()
    {
        if (Record("byteorder") is not { } record)
        {
            return false;
        }
        var order = Encoding.ASCII.GetString(record.ReadAll(64)).Trim();
        return order is "little" or "big" ? order == "big" : throw Fault("byteorder", "little or big", $"'{order}'");
    }

    private ZipStorage? Record(string name) => _entries.TryGetValue(_root + name, out var entry) ? new ZipStorage(_file, entry) : null;

    private ZipStorage FindStorage(string key, ElementType? type, long count)
    {
        if (_storages.TryGetValue(key, out var known))
        {
            return known.Type == type && known.Count == count ? known.Storage : throw Fault($"data/{key}", $"one type and size ({known.Type}, {known.Count})", $"another ({type}, {count})");
        }
        if (!_entries.TryGetValue($"{_root}data/{key}", out var entry))
        {
            throw Fault($"data/{key}", "the record of a storage that the pickle names", "none");
        }
        var elementSize = type is { } known2 ? ElementTypes.SizeOf(known2) : 1;
        if (count > long.MaxValue / 16 || entry.Length != count * elementSize)
        {
            throw Fault($"data/{key}", $"{count} elements of {elementSize} bytes", $"{entry.Length} bytes");
        }
        var storage = new ZipStorage(_file, entry) { IsBigEndian = _isBigEndian };
        _storages[key] = (storage, type, count);
        return storage;
    }

    private CheckpointFormatException Fault(string field, string expected, string got) => new(_file.FilePath, field, expected, got);
}
