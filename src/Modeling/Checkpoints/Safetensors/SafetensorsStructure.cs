using System.Text.Json;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints.Safetensors;

/// <summary>What a .pth file says and safetensors has no place for, kept in the metadata under names of our own: which tensors are Parameters
/// and what the root object is.</summary>
internal static class SafetensorsStructure
{
    /// <summary>Metadata key: names of the tensors that are Parameters, a JSON array.</summary>
    public const string ParametersKey = "samed.parameters";

    /// <summary>Metadata key: Python type of the root, when it is an OrderedDict.</summary>
    public const string RootKey = "samed.root";

    /// <summary>Takes our keys out of <paramref name="metadata"/> and applies them.</summary>
    public static FlatTree Restore(string path, IEnumerable<KeyValuePair<string, StoredTensor>> tensors, Dictionary<string, string> metadata)
    {
        var parameters = metadata.Remove(ParametersKey, out var json) ? Names(path, json) : [];
        var isOrdered = metadata.Remove(RootKey, out var root) && root == "OrderedDict";
        var dict = new PickleDict(isOrdered);
        var count = 0;
        foreach (var (name, tensor) in tensors)
        {
            var isParameter = parameters.Contains(name);
            dict.Set(name, tensor with { IsParameter = isParameter, RequiresGrad = isParameter });
            if (dict.Entries.Count != ++count)
            {
                throw new CheckpointFormatException(path, $"'{name}'", "different names", "the same name twice");
            }
        }
        return new FlatTree(path, dict);
    }

    private static HashSet<string> Names(string path, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<HashSet<string>>(json) ?? [];
        }
        catch (JsonException fault)
        {
            throw new CheckpointFormatException(path, ParametersKey, "a JSON array of names", json, fault);
        }
    }
}
