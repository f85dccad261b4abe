using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Safetensors;

/// <summary>The object of a .pth file as JSON. Each node is an array of its Python type and its content, as ["float", "0.1"], ["tensor", "state/0/exp_avg"]
/// or ["dict", [key, value], …], so that reading gives back exactly what was written.</summary>
internal static class TreeJson
{
    private const int MaxDepth = 256;

    /// <summary>The JSON of <paramref name="tree"/>.</summary>
    public static string Write(FlatTree tree)
    {
        // The tree is walked in the order in which it was flattened; one tensor may stand at two places and then has two names.
        var names = new Queue<string>(tree.Tensors.Select(pair => pair.Key));
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            Write(writer, tree.Root, names);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The object of <paramref name="json"/>, tensors taken from <paramref name="tensors"/> by name.</summary>
    public static object? Read(string path, string json, PickleDict tensors)
    {
        var byName = tensors.Entries.ToDictionary(entry => (string)entry.Key, entry => entry.Value);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = Read(document.RootElement, byName);
            return byName.Count == 0 ? root : throw new FormatException($"no place for tensor '{byName.Keys.First()}'");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointFormatException(path, "samed.tree", "the JSON tree of the file's tensors", fault.Message, fault);
        }
    }

    private static void Write(Utf8JsonWriter writer, object? node, Queue<string> names)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(node is StoredTensor ? "tensor" : node is PickleGlobal ? "dtype" : FlatTree.NameOf(node is PickleNone ? null : node));
        switch (node)
        {
            case StoredTensor: writer.WriteStringValue(names.Dequeue()); break;
            case PickleDict dict:
                foreach (var (key, value) in dict.Entries)
                {
                    writer.WriteStartArray();
                    Write(writer, key, names);
                    Write(writer, value, names);
                    writer.WriteEndArray();
                }
                break;
            case PickleList list: WriteItems(writer, list.Items, names); break;
            case PickleTuple tuple: WriteItems(writer, tuple.Items, names); break;
            case byte[] bytes: writer.WriteBase64StringValue(bytes); break;
            case PickleGlobal global: writer.WriteStringValue(global.Name); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case string text: writer.WriteStringValue(text); break;
            case IFormattable number: writer.WriteStringValue(number.ToString(number is double ? "R" : null, CultureInfo.InvariantCulture)); break;
        }
        writer.WriteEndArray();
    }

    private static void WriteItems(Utf8JsonWriter writer, IReadOnlyList<object?> items, Queue<string> names)
    {
        foreach (var item in items)
        {
            Write(writer, item, names);
        }
    }

    private static object? Read(JsonElement node, Dictionary<string, object?> tensors)
    {
        var parts = node.EnumerateArray().ToArray();
        return parts[0].GetString() switch
        {
            "tensor" => tensors.Remove(parts[1].GetString()!, out var tensor) ? tensor : throw new KeyNotFoundException($"no tensor '{parts[1]}'"),
            "dict" => Dict(parts, ordered: false, tensors),
            "OrderedDict" => Dict(parts, ordered: true, tensors),
            "list" => List(parts, tensors),
            "tuple" => new PickleTuple([.. parts.Skip(1).Select(item => Read(item, tensors))]),
            "None" => null,
            "bool" => parts[1].GetBoolean(),
            "str" => parts[1].GetString(),
            "bytes" => parts[1].GetBytesFromBase64(),
            "float" => double.Parse(parts[1].GetString()!, CultureInfo.InvariantCulture),
            "int" => Integer(parts[1].GetString()!),
            "dtype" => DType(parts[1].GetString()!),
            var other => throw new FormatException($"a node of type '{other}'"),
        };
    }

    private static PickleDict Dict(JsonElement[] parts, bool ordered, Dictionary<string, object?> tensors)
    {
        var dict = new PickleDict(ordered);
        foreach (var entry in parts.Skip(1))
        {
            dict.Set(Read(entry[0], tensors) ?? PickleNone.Instance, Read(entry[1], tensors));
        }
        return dict;
    }

    private static PickleList List(JsonElement[] parts, Dictionary<string, object?> tensors)
    {
        var list = new PickleList();
        list.Items.AddRange(parts.Skip(1).Select(item => Read(item, tensors)));
        return list;
    }

    private static object Integer(string text)
    {
        object integer = BigInteger.Parse(text, CultureInfo.InvariantCulture);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small))
        {
            integer = small;
        }
        return integer;
    }

    private static PickleGlobal DType(string name) =>
        ElementTypes.FromName(name["torch.".Length..]) is { } type ? new PickleGlobal(name, GlobalKind.DType, type) : throw new FormatException($"dtype '{name}'");
}
