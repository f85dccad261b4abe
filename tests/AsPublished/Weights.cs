using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.AsPublished;

/// <summary>Tensors by their state-dict names below a prefix. They are the network's own parameters, so gradients gather in them.</summary>
internal sealed class Weights
{
    private readonly IReadOnlyDictionary<string, Tensor> _tensors;
    private readonly string _prefix;

    private Weights(IReadOnlyDictionary<string, Tensor> tensors, string prefix)
    {
        _tensors = tensors;
        _prefix = prefix;
    }

    /// <summary>Every parameter and buffer of a network.</summary>
    public static Weights Of(SamNetwork network)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, parameter) in network.named_parameters())
        {
            tensors[name] = parameter;
        }
        foreach (var (name, buffer) in network.named_buffers())
        {
            tensors[name] = buffer;
        }
        return new Weights(tensors, "");
    }

    /// <summary>The tensor of that name.</summary>
    public Tensor this[string name] => Find(name)
        ?? throw new ArgumentException($"The network has no tensor '{_prefix}{name}': the published formulation knows LoRA and plain networks only.", nameof(name));

    /// <summary>Those below a module.</summary>
    public Weights At(string module) => new(_tensors, $"{_prefix}{module}.");

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool Has(string name) => _tensors.ContainsKey(_prefix + name);

    /// <summary>A linear layer, with a bias where there is one.</summary>
    public Tensor Linear(string layer, Tensor x) => functional.linear(x, this[$"{layer}.weight"], Find($"{layer}.bias"));

    /// <summary>A layer norm over the last axis.</summary>
    public Tensor LayerNorm(string layer, Tensor x, double eps)
    {
        var weight = this[$"{layer}.weight"];
        return functional.layer_norm(x, weight.shape, weight, this[$"{layer}.bias"], eps);
    }

    /// <summary>A norm over the channels of [B, C, H, W], each mean taken for itself.</summary>
    public Tensor LayerNorm2d(string layer, Tensor x)
    {
        using var scope = NewDisposeScope();
        var centred = x - x.mean([1], keepdim: true);
        var normalized = centred / (centred.pow(2).mean([1], keepdim: true) + 1e-6).sqrt();
        return (this[$"{layer}.weight"].view(-1, 1, 1) * normalized + this[$"{layer}.bias"].view(-1, 1, 1)).MoveToOuterDisposeScope();
    }

    private Tensor? Find(string name) => _tensors.GetValueOrDefault(_prefix + name);
}
