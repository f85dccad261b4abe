namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>The allow-list: every name that a checkpoint's pickle may mention. All else is refused before anything is built.</summary>
internal static class PickleGlobals
{
    private static readonly string[] UnknownTypes = ["complex32", "complex64", "complex128", "quint8", "qint8", "qint32", "quint4x2", "quint2x4", "float8_e4m3fn", "float8_e5m2"];

    private static readonly Dictionary<string, PickleGlobal> Allowed = Build().ToDictionary(global => global.Name);

    /// <summary>The entry of module.name, or a refusal that names it.</summary>
    public static PickleGlobal Resolve(string path, string module, string name) =>
        Allowed.TryGetValue($"{module}.{name}", out var global)
            ? global
            : throw (IsUnknownType(module, name)
                ? new CheckpointFormatException(path, "element type", $"one of {string.Join(", ", ElementTypes.Table.Where(row => row.Storage is not null).Select(row => row.Name))}", $"{name}, which no layer of SAM has")
                : CheckpointFormatException.Refused(path, Describe(module, name), Advice(module)));

    // Complex and quantised tensors are harmless; they are only of no use here.
    private static bool IsUnknownType(string module, string name) => module is "torch" or "torch.cuda"
        && (name.EndsWith("Storage", StringComparison.Ordinal) || UnknownTypes.Contains(name));

    private static IEnumerable<PickleGlobal> Build()
    {
        yield return new("collections.OrderedDict", GlobalKind.OrderedDict);
        yield return new("torch._utils._rebuild_tensor", GlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v2", GlobalKind.RebuildTensorV2);
        yield return new("torch._utils._rebuild_tensor_v3", GlobalKind.RebuildTensorV3);
        yield return new("torch._utils._rebuild_parameter", GlobalKind.RebuildParameter);
        yield return new("torch._utils._rebuild_parameter_with_state", GlobalKind.RebuildParameter);
        yield return new("torch.Size", GlobalKind.Size);
        yield return new("_codecs.encode", GlobalKind.EncodeBytes);
        foreach (var name in new[] { "__builtin__.bytes", "builtins.bytes", "__builtin__.bytearray", "builtins.bytearray" })
        {
            yield return new(name, GlobalKind.EmptyBytes);
        }
        foreach (var name in new[] { "torch.UntypedStorage", "torch.storage.UntypedStorage", "torch.storage._UntypedStorage" })
        {
            yield return new(name, GlobalKind.Storage);
        }
        foreach (var row in ElementTypes.Table)
        {
            yield return new($"torch.{row.Name}", GlobalKind.DType, row.Type);
            if (row.Storage is { } storage)
            {
                yield return new($"torch.{storage}", GlobalKind.Storage, row.Type);
                yield return new($"torch.cuda.{storage}", GlobalKind.Storage, row.Type);
            }
        }
    }

    // Pickle names functions of os by the module that implements them.
    private static string Describe(string module, string name) =>
        module is "posix" or "nt" ? $"os.{name} ({module}.{name})" : $"{module}.{name}";

    private static string Advice(string module) =>
        module.StartsWith("__torch__", StringComparison.Ordinal) ? "It is a TorchScript archive: save its state_dict() instead."
        : module.StartsWith("numpy", StringComparison.Ordinal) ? "It holds NumPy objects: save a state_dict of tensors only."
        : "If the file comes from a source you trust, load it in Python and save its state_dict(); otherwise delete it.";
}
