using System.Numerics;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>The form of torch.save before PyTorch 1.6: pickles of a magic number, a protocol, the writer's system, the object and the storage keys,
/// then for each key a 64-bit element count and the raw elements (torch/serialization.py, _legacy_load).</summary>
internal sealed class TorchLegacyReader
{
    private const int Protocol = 1001;

    // The storages follow in the same file, so that its length alone says little of the pickle's.
    private const long MaxPickleBytes = 64L << 20;
    private static readonly BigInteger Magic = new(new byte[] { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 });
    private readonly FileBytes _file;
    private readonly TensorBuilder _builder;
    private readonly Dictionary<string, LegacyStorage> _storages = [];
    private bool _isBigEndian;

    private TorchLegacyReader(FileBytes file)
    {
        _file = file;
        _builder = new TensorBuilder(file.FilePath, Math.Min(file.Length, MaxPickleBytes), FindStorage);
    }

    /// <summary>Reads everything but the storages.</summary>
    public static CheckpointContent Read(FileBytes file)
    {
        var root = new TorchLegacyReader(file).ReadRoot();
        return new CheckpointContent(file, file.FilePath, CheckpointContainer.TorchLegacy, new FlatTree(file.FilePath, root), new Dictionary<string, string>());
    }

    private object? ReadRoot()
    {
        var cursor = new ByteCursor(_file, 0, "pickle");
        var magic = PickleReader.Read(cursor, _builder);
        if (magic is not BigInteger number || number != Magic)
        {
            throw Fault("magic number", "that of torch.save", $"a pickle of {FlatTree.NameOf(magic)}: it was not written by torch.save");
        }
        if (PickleReader.Read(cursor, _builder) is not (long)Protocol)
        {
            throw Fault("protocol", $"{Protocol}", "another");
        }
        var system = PickleReader.Read(cursor, _builder) as PickleDict;
        _isBigEndian = system?.Entries.Any(entry => entry is { Key: "little_endian", Value: false }) ?? false;
        var root = PickleReader.Read(cursor, _builder);
        var keys = PickleReader.Read(cursor, _builder) as PickleList ?? throw Fault("storage keys", "a list", "another object");
        PlaceStorages(keys, cursor.Position);
        return root;
    }

    private LegacyStorage FindStorage(string key, ElementType? type, long count)
    {
        if (type is not { } elementType || count > long.MaxValue / 16)
        {
            throw Fault($"storage {key}", "an element type and a sane size", $"{type?.ToString() ?? "none"}, {count} elements");
        }
        if (!_storages.TryGetValue(key, out var storage))
        {
            storage = new LegacyStorage(_file, key, elementType, count) { IsBigEndian = _isBigEndian };
            _storages[key] = storage;
        }
        return storage.Type == elementType && storage.Count == count
            ? storage
            : throw Fault($"storage {key}", $"{storage.Count} elements of {storage.Type}", $"{count} of {elementType}");
    }

    private void PlaceStorages(PickleList keys, long position)
    {
        Span<byte> count = stackalloc byte[8];
        foreach (var item in keys.Items)
        {
            var key = item as string ?? $"{item}";
            if (!_storages.TryGetValue(key, out var storage) || storage.IsPlaced)
            {
                throw Fault("storage keys", "each key of the pickle once", $"'{key}'");
            }
            _file.Read(position, count, storage.Name);
            var elements = BitConverter.ToInt64(count);
            elements = _isBigEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(elements) : elements;
            position += count.Length;
            if (elements != storage.Count || storage.Length > _file.Length - position)
            {
                throw Fault(storage.Name, $"{storage.Count} elements of {storage.Type}", $"{elements} in the last {_file.Length - position} bytes of the file");
            }
            storage.Place(position);
            position += storage.Length;
        }
        if (_storages.FirstOrDefault(pair => !pair.Value.IsPlaced) is { Key: { } missing })
        {
            throw Fault("storage keys", $"the key '{missing}'", "a list without it");
        }
    }

    private CheckpointFormatException Fault(string field, string expected, string got) => new(_file.FilePath, field, expected, got);
}
