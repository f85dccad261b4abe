namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>A Python list.</summary>
internal sealed class PickleList
{
    /// <summary>Its items.</summary>
    public List<object?> Items { get; } = [];
}

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    /// <summary>Its items.</summary>
    public IReadOnlyList<object?> Items => items;
}

/// <summary>A Python dict or OrderedDict; entries keep their order, a repeated key replaces the value as in Python.</summary>
internal sealed class PickleDict(bool ordered)
{
    private readonly List<KeyValuePair<object, object?>> _entries = [];
    private readonly Dictionary<object, int> _places = [];

    /// <summary>Whether it is a collections.OrderedDict.</summary>
    public bool IsOrderedDict => ordered;

    /// <summary>The entries in order.</summary>
    public IReadOnlyList<KeyValuePair<object, object?>> Entries => _entries;

    /// <summary>Adds or replaces; the key is a string, long, double, bool, <see cref="PickleNone"/> or any other object by identity.</summary>
    public void Set(object key, object? value)
    {
        if (_places.TryGetValue(key, out var place))
        {
            _entries[place] = new(_entries[place].Key, value);
            return;
        }
        _places[key] = _entries.Count;
        _entries.Add(new(key, value));
    }
}

/// <summary>Python's None as a dict key; elsewhere null stands for it.</summary>
internal sealed class PickleNone
{
    /// <summary>The one instance.</summary>
    public static PickleNone Instance { get; } = new();

    private PickleNone()
    {
    }
}

/// <summary>What a name on the allow-list stands for.</summary>
internal enum GlobalKind
{
    /// <summary>collections.OrderedDict.</summary>
    OrderedDict,

    /// <summary>torch._utils._rebuild_tensor: storage, offset, size, stride.</summary>
    RebuildTensor,

    /// <summary>torch._utils._rebuild_tensor_v2: the same, requires_grad, hooks.</summary>
    RebuildTensorV2,

    /// <summary>torch._utils._rebuild_tensor_v3: the same, dtype.</summary>
    RebuildTensorV3,

    /// <summary>torch._utils._rebuild_parameter: tensor, requires_grad, hooks.</summary>
    RebuildParameter,

    /// <summary>torch.Size.</summary>
    Size,

    /// <summary>A storage class, which only names an element type.</summary>
    Storage,

    /// <summary>A torch.dtype constant.</summary>
    DType,

    /// <summary>_codecs.encode: text and a codec, how protocol 2 writes bytes.</summary>
    EncodeBytes,

    /// <summary>bytes or bytearray without arguments.</summary>
    EmptyBytes,
}

/// <summary>A name on the allow-list. <paramref name="Type"/> is the element type of storages and dtypes, null for an untyped storage.</summary>
internal sealed record PickleGlobal(string Name, GlobalKind Kind, ElementType? Type = null);
