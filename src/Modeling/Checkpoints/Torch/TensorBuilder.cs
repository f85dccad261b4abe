using System.Text;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>Builds tensors out of the calls in a torch pickle (torch/_utils.py). Every offset, size and stride is checked against the storage here, once.</summary>
internal sealed class TensorBuilder(string path, long pickleLength, Func<string, ElementType?, long, TensorStorage> findStorage) : IPickleBuilder
{
    private const int MaxDimensions = 64;

    /// <summary>Python writes a text for each of the bytes objects that it encodes, at least a byte per byte. A memoised text can be encoded again and again.</summary>
    private readonly long _maxEncodedBytes = pickleLength + (1 << 16);
    private long _encodedBytes;

    /// <inheritdoc/>
    public object? Persistent(object? id)
    {
        // ('storage', torch.FloatStorage, key, location, count[, view]): the location (cpu, cuda:0, …) says where it lived, not where it must go.
        if (id is not PickleTuple { Items: { Count: >= 5 } items } || items[0] is not "storage"
            || items[1] is not PickleGlobal { Kind: GlobalKind.Storage } storage || items[4] is not long count || count < 0)
        {
            throw Fault("persistent id", "('storage', type, key, location, count)", FlatTree.NameOf(id));
        }
        var key = items[2] switch
        {
            string text => text,
            long number => $"{number}",
            var other => throw Fault("persistent id", "a storage key", FlatTree.NameOf(other)),
        };
        var found = findStorage(key, storage.Type, count);
        return items.Count > 5 && items[5] is PickleTuple view ? View(found, storage, view, count) : new StorageReference(found, storage.Type, 0, count);
    }

    /// <inheritdoc/>
    public object? Call(PickleGlobal global, IReadOnlyList<object?> arguments) => global.Kind switch
    {
        GlobalKind.OrderedDict => OrderedDict(arguments),
        GlobalKind.RebuildTensor => Tensor(global, arguments, requiresGrad: null, type: null),
        GlobalKind.RebuildTensorV2 => Tensor(global, arguments, Argument(arguments, 4), type: null),
        GlobalKind.RebuildTensorV3 => Tensor(global, arguments, Argument(arguments, 4), Argument(arguments, 6) as PickleGlobal),
        GlobalKind.RebuildParameter when Argument(arguments, 0) is StoredTensor tensor => tensor with { IsParameter = true, RequiresGrad = Argument(arguments, 1) is true },
        GlobalKind.Size => Argument(arguments, 0) as PickleTuple ?? throw Fault(global.Name, "a tuple", FlatTree.NameOf(Argument(arguments, 0))),
        GlobalKind.EncodeBytes when Argument(arguments, 0) is string text => EncodeBytes(global, text),
        GlobalKind.EmptyBytes when arguments.Count == 0 => Array.Empty<byte>(),
        _ => throw Fault(global.Name, "the arguments that PyTorch writes", $"{arguments.Count} others"),
    };

    private static object? Argument(IReadOnlyList<object?> arguments, int place) => place < arguments.Count ? arguments[place] : null;

    private byte[] EncodeBytes(PickleGlobal global, string text)
    {
        _encodedBytes += text.Length;
        return _encodedBytes <= _maxEncodedBytes
            ? Encoding.Latin1.GetBytes(text)
            : throw Fault(global.Name, $"at most {_maxEncodedBytes} bytes encoded by a pickle of this size", $"{_encodedBytes} or more");
    }

    private StorageReference View(TensorStorage found, PickleGlobal storage, PickleTuple view, long count) =>
        view.Items is [_, long start, long length, ..] && start >= 0 && length >= 0 && start <= count - length
            ? new StorageReference(found, storage.Type, start, length)
            : throw Fault("storage view", $"a range inside {count} elements", "another");

    private PickleDict OrderedDict(IReadOnlyList<object?> arguments)
    {
        var dict = new PickleDict(ordered: true);
        foreach (var item in (Argument(arguments, 0) as PickleList)?.Items ?? [])
        {
            var pair = item switch
            {
                PickleTuple tuple => tuple.Items,
                PickleList list => list.Items,
                _ => [],
            };
            if (pair.Count != 2)
            {
                throw Fault("OrderedDict", "pairs of key and value", FlatTree.NameOf(item));
            }
            dict.Set(pair[0] ?? PickleNone.Instance, pair[1]);
        }
        return dict;
    }

    private StoredTensor Tensor(PickleGlobal global, IReadOnlyList<object?> arguments, object? requiresGrad, PickleGlobal? type)
    {
        if (arguments.Count < 4 || arguments[0] is not StorageReference storage || arguments[1] is not long offset || offset < 0)
        {
            throw Fault(global.Name, "a storage, an offset, a size and a stride", $"{arguments.Count} arguments: {string.Join(", ", arguments.Select(FlatTree.NameOf))}");
        }
        var elementType = type?.Type ?? storage.Type ?? throw Fault(storage.Storage.Name, "an element type", "none");
        var shape = Numbers(arguments[2], storage, "size");
        var stride = Numbers(arguments[3], storage, "stride");
        if (shape.Length != stride.Length || shape.Length > MaxDimensions)
        {
            throw Fault(storage.Storage.Name, $"as many strides as sizes, at most {MaxDimensions}", $"{shape.Length} sizes and {stride.Length} strides");
        }
        var capacity = storage.Type is null ? storage.Count / ElementTypes.SizeOf(elementType) : storage.Count;
        CheckInside(storage, shape, stride, offset, capacity);
        return new StoredTensor(elementType, shape, stride, storage.Start + offset, storage.Storage, requiresGrad is true, IsParameter: false);
    }

    private void CheckInside(StorageReference storage, long[] shape, long[] stride, long offset, long capacity)
    {
        Int128 count = 1;
        Int128 last = offset;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            count *= shape[axis];
            last += (Int128)(shape[axis] - 1) * stride[axis];
            if (count > long.MaxValue / 16)
            {
                break;
            }
        }
        if (count > long.MaxValue / 16 || (count > 0 && last >= capacity))
        {
            throw Fault(storage.Storage.Name, $"a view inside {capacity} elements", $"size ({string.Join(", ", shape)}), stride ({string.Join(", ", stride)}), offset {offset}");
        }
    }

    private long[] Numbers(object? tuple, StorageReference storage, string what)
    {
        var items = (tuple as PickleTuple)?.Items ?? (tuple as PickleList)?.Items ?? throw Fault(storage.Storage.Name, $"a tuple as {what}", FlatTree.NameOf(tuple));
        return [.. items.Select(item => item is long number and >= 0 ? number : throw Fault(storage.Storage.Name, $"a {what} of numbers that are not negative", $"{item ?? "None"}"))];
    }

    private CheckpointFormatException Fault(string field, string expected, string got) => new(path, field, expected, got);
}
