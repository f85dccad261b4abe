using SAMed.MLNet.Modeling.Adapters;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A network's tensors under the names of SAM's own checkpoints, and what the network is in words.</summary>
internal static class NetworkTensors
{
    /// <summary>The state dict in PyTorch's order, module by module; TorchSharp's own puts all buffers after all parameters.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> State(SamNetwork network)
    {
        var state = new List<KeyValuePair<string, Tensor>>();
        Walk(network, string.Empty, state);
        return state;
    }

    /// <summary>SAM's tensors in state-dict order, without what the adapter added.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Sam(SamNetwork network) =>
        [.. State(network).Select(pair => (Name: network.Adapter.SamName(pair.Key), pair.Value)).Where(pair => pair.Name is not null)
            .Select(pair => KeyValuePair.Create(pair.Name!, pair.Value))];

    /// <summary>The adapter's tensors under their state-dict names, in that order.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Adapter(SamNetwork network) =>
        [.. State(network).Where(pair => network.Adapter.SamName(pair.Key) is null)];

    /// <summary>The network in words.</summary>
    public static string Describe(SamNetwork network)
    {
        var options = network.Options;
        var lora = network.Adapter is not LoraAdapter ? $"adapter {network.Adapter.GetType().Name}"
            : network.Lora.Placement == LoraPlacement.None ? "no LoRA"
            : $"LoRA of rank {network.Lora.Rank} in the {(network.Lora.Placement == LoraPlacement.Encoder ? "encoder (SAMed)" : "encoder and mask decoder (SAMed_s)")}, {AdaptedBlocks(network).Count} adapted blocks";
        return $"the network (embed_dim {options.EmbedDim}, depth {options.Depth}, image size {options.ImageSize}, {options.NumClasses} classes, {lora})";
    }

    /// <summary>Numbers of the encoder blocks that have updates, ascending.</summary>
    public static IReadOnlyList<int> AdaptedBlocks(SamNetwork network) =>
        network.Lora.Placement == LoraPlacement.None ? [] : [.. (network.Lora.Layers ?? [.. Enumerable.Range(0, network.Options.Depth)]).Order()];

    /// <summary>Copies values in, converting the element type where it differs; the shapes are equal.</summary>
    public static void Assign(Tensor target, Tensor values)
    {
        using var noGrad = no_grad();
        target.copy_(values);
    }

    private static void Walk(nn.Module module, string prefix, List<KeyValuePair<string, Tensor>> state)
    {
        state.AddRange(module.named_parameters(recurse: false).Select(named => KeyValuePair.Create<string, Tensor>(prefix + named.name, named.parameter)));
        state.AddRange(module.named_buffers(recurse: false, include_nonpersistent: false).Select(named => KeyValuePair.Create(prefix + named.name, named.buffer)));
        foreach (var (name, child) in module.named_children())
        {
            Walk(child, $"{prefix}{name}.", state);
        }
    }
}
