using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Safetensors;

/// <summary>What a .pth file says and safetensors has no place for, kept in the metadata under names of our own: which tensors are Parameters,
/// whether the root is an OrderedDict, and the tree of a file that is more than a dict of tensors.</summary>
internal static class SafetensorsStructure
{
    private const string FlagsKey = "samed.flags";
    private const string TreeKey = "samed.tree";
    private const string Parameter = "parameter";
    private const string FrozenParameter = "frozen parameter";
    private const string RequiresGrad = "requires_grad";
    private const string OrderedDictRoot = "OrderedDict";

    /// <summary>The metadata that <see cref="Restore"/> needs to rebuild <paramref name="tree"/>; none for a plain dict of plain tensors.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Describe(FlatTree tree)
    {
        var flags = tree.Tensors.Where(pair => FlagOf(pair.Value) is not null).ToDictionary(pair => pair.Key, pair => FlagOf(pair.Value));
        if (flags.Count > 0)
        {
            yield return new(FlagsKey, JsonSerializer.Serialize(flags));
        }
        if (!tree.IsFlat)
        {
            yield return new(TreeKey, TreeJson.Write(tree));
        }
        else if (tree.RootName == OrderedDictRoot)
        {
            yield return new(TreeKey, OrderedDictRoot);
        }
    }

    /// <summary>Takes our keys out of <paramref name="metadata"/> and applies them.</summary>
    public static FlatTree Restore(string path, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, Dictionary<string, string> metadata)
    {
        var flags = metadata.Remove(FlagsKey, out var json) ? Flags(path, json) : [];
        var isMore = metadata.Remove(TreeKey, out var tree);
        var dict = new PickleDict(tree == OrderedDictRoot);
        var count = 0;
        foreach (var (name, tensor) in tensors)
        {
            dict.Set(name, WithFlag(tensor, flags.GetValueOrDefault(name)));
            if (dict.Entries.Count != ++count)
            {
                throw new CheckpointFormatException(path, $"'{name}'", "different names", "the same name twice");
            }
        }
        return new FlatTree(path, isMore && tree != OrderedDictRoot ? TreeJson.Read(path, tree!, dict) : dict);
    }

    private static string? FlagOf(StoredTensor tensor) =>
        tensor.IsParameter ? (tensor.RequiresGrad ? Parameter : FrozenParameter) : tensor.RequiresGrad ? RequiresGrad : null;

    private static StoredTensor WithFlag(StoredTensor tensor, string? flag) =>
        tensor with { IsParameter = flag is Parameter or FrozenParameter, RequiresGrad = flag is Parameter or RequiresGrad };

    private static Dictionary<string, string> Flags(string path, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
        }
        catch (JsonException fault)
        {
            throw new CheckpointFormatException(path, FlagsKey, "a JSON object of names", json, fault);
        }
    }
}
