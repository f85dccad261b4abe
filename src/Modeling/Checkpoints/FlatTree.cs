using System.Globalization;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The leaves of the object that a file holds. A leaf's name is the keys on the way to it, joined by '/': in a plain dict of tensors just its key,
/// in an optimizer state "state/0/exp_avg"; a file that is one tensor has one leaf of the empty name.</summary>
internal sealed class FlatTree
{
    private const int MaxDepth = 64;
    private const int MaxLeaves = 1_000_000;
    private readonly string _path;
    private readonly List<KeyValuePair<string, StoredTensor>> _tensors = [];
    private readonly List<KeyValuePair<string, object?>> _values = [];
    private readonly HashSet<string> _names = [];
    private int _visited;

    public FlatTree(string path, object? root)
    {
        _path = path;
        Root = root;
        RootName = NameOf(root);
        IsFlat = root is PickleDict dict && dict.Entries.All(entry => entry is { Key: string, Value: StoredTensor });
        Visit(string.Empty, root, 0);
    }

    /// <summary>The object itself: <see cref="PickleDict"/>, <see cref="PickleList"/>, <see cref="PickleTuple"/>, <see cref="StoredTensor"/> or a plain value.</summary>
    public object? Root { get; }

    /// <summary>Python's name of the root's type: dict, OrderedDict, list, tuple, Tensor, …</summary>
    public string RootName { get; }

    /// <summary>Whether the root is a dict of tensors and nothing else, which is what a state dict is.</summary>
    public bool IsFlat { get; }

    /// <summary>The tensors in order.</summary>
    public IReadOnlyList<KeyValuePair<string, StoredTensor>> Tensors => _tensors;

    /// <summary>The leaves that are no tensors: long, BigInteger, double, bool, string, byte[] or null.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Values => _values;

    /// <summary>Python's name of a value's type.</summary>
    public static string NameOf(object? value) => value switch
    {
        PickleDict { IsOrderedDict: true } => "OrderedDict",
        PickleDict => "dict",
        PickleList => "list",
        PickleTuple => "tuple",
        StoredTensor { IsParameter: true } => "Parameter",
        StoredTensor => "Tensor",
        null => "None",
        bool => "bool",
        double => "float",
        string => "str",
        byte[] => "bytes",
        PickleGlobal global => global.Name,
        _ => "int",
    };

    private void Visit(string name, object? node, int depth)
    {
        if (depth > MaxDepth || ++_visited > MaxLeaves)
        {
            throw new CheckpointFormatException(_path, "pickle", $"objects at most {MaxDepth} deep and {MaxLeaves} in number", "more (an object that holds itself, or a decompression bomb)");
        }
        switch (node)
        {
            case PickleDict dict:
                foreach (var (key, value) in dict.Entries)
                {
                    Visit(Join(name, KeyText(key)), value, depth + 1);
                }
                break;
            case PickleList list:
                VisitItems(name, list.Items, depth);
                break;
            case PickleTuple tuple:
                VisitItems(name, tuple.Items, depth);
                break;
            default:
                Add(name, node);
                break;
        }
        string Join(string parent, string key) => depth == 0 ? key : $"{parent}/{key}";
    }

    private void VisitItems(string name, IReadOnlyList<object?> items, int depth)
    {
        for (var i = 0; i < items.Count; i++)
        {
            var key = i.ToString(CultureInfo.InvariantCulture);
            Visit(depth == 0 ? key : $"{name}/{key}", items[i], depth + 1);
        }
    }

    private void Add(string name, object? leaf)
    {
        if (!_names.Add(name))
        {
            throw new CheckpointFormatException(_path, $"'{name}'", "different names", "the same name twice");
        }
        if (leaf is StoredTensor tensor)
        {
            _tensors.Add(new(name, tensor));
            return;
        }
        _values.Add(new(name, leaf is PickleGlobal global ? global.Name : leaf));
    }

    private string KeyText(object key) => key switch
    {
        string text => text,
        bool flag => flag ? "True" : "False",
        PickleNone => "None",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new CheckpointFormatException(_path, "dict key", "text or a number", NameOf(key)),
    };
}
