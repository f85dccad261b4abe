using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Optimizers;

/// <summary>The trained parameters of one network, moved into one tensor, so that a step of the optimiser, a sum of gradients over devices and a copy to them are a few operations
/// instead of some hundred. The parameters stay the same objects; their memory is a part of the tensor from then on, also when this object is disposed.</summary>
internal sealed class FlatParameters : IDisposable
{
    // 64 bytes: a parameter begins where a tensor of its own would, so that kernels find the alignment that they are fast with.
    private const long Alignment = 16;

    private readonly Parameter[] _parameters;
    private readonly long[] _lengths;
    private readonly Tensor _noGradient;

    /// <summary>Moves the parameters, which lie on one device.</summary>
    /// <exception cref="ArgumentException">There is none, or one is not float32.</exception>
    public FlatParameters(IReadOnlyList<(string Name, Parameter Parameter)> parameters)
    {
        if (parameters.Count == 0)
        {
            throw new ArgumentException("The network has no parameter that trains.", nameof(parameters));
        }
        if (parameters.FirstOrDefault(pair => pair.Parameter.dtype != ScalarType.Float32) is { Name: { } name, Parameter: var odd })
        {
            throw new ArgumentException($"The parameter {name} is {odd.dtype}; float32 is what trains.", nameof(parameters));
        }
        Names = [.. parameters.Select(pair => pair.Name)];
        _parameters = [.. parameters.Select(pair => pair.Parameter)];
        _lengths = [.. _parameters.Select(parameter => parameter.numel())];
        Offsets = new long[_lengths.Length + 1];
        for (var i = 0; i < _lengths.Length; i++)
        {
            Offsets[i + 1] = Offsets[i] + ((_lengths[i] + Alignment - 1) / Alignment * Alignment);
        }
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        Values = zeros(Offsets[^1], ScalarType.Float32, _parameters[0].device).DetachFromDisposeScope();
        _noGradient = zeros(Math.Max(Alignment, _lengths.Max()), ScalarType.Float32, _parameters[0].device).DetachFromDisposeScope();
        for (var i = 0; i < _parameters.Length; i++)
        {
            var place = View(Values, i);
            place.copy_(_parameters[i]);
            _parameters[i].set_(place);
        }
    }

    /// <summary>State-dict names, in the order of the network.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>[N] float32: all parameters one after the other, with zeros between them where one does not end on 64 bytes.</summary>
    public Tensor Values { get; }

    /// <summary>Where each parameter begins, and at last N.</summary>
    public long[] Offsets { get; }

    /// <summary>The part of <paramref name="flat"/>, [N], that belongs to parameter <paramref name="index"/>, in its shape. A view: what is written into it stands in the whole.</summary>
    public Tensor View(Tensor flat, int index) => flat.narrow(0, Offsets[index], _lengths[index]).view(_parameters[index].shape);

    /// <summary>The gradients gathered since <see cref="ForgetGradients"/>, copied. The caller disposes.</summary>
    public FlatGradients Gradients()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        List<Tensor> parts = [];
        var present = new bool[_parameters.Length];
        for (var i = 0; i < _parameters.Length; i++)
        {
            var gradient = _parameters[i].grad;
            present[i] = gradient is not null;
            parts.Add(gradient is null ? _noGradient.narrow(0, 0, _lengths[i]) : gradient.reshape(-1));
            if (Offsets[i + 1] - Offsets[i] is var place && place > _lengths[i])
            {
                parts.Add(_noGradient.narrow(0, 0, place - _lengths[i]));
            }
        }
        return new(cat(parts).DetachFromDisposeScope(), present);
    }

    /// <summary>Frees the gradients, so that those of the next step start from nothing.</summary>
    public void ForgetGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in _parameters)
        {
            parameter.grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        _noGradient.Dispose();
    }
}

/// <summary>Gradients in the order of <see cref="FlatParameters"/>.</summary>
/// <param name="Values">[N] float32; zeros for a parameter that has none.</param>
/// <param name="Present">Which parameters have a gradient. One without stays as it is, weight decay included, as in PyTorch.</param>
internal sealed record FlatGradients(Tensor Values, bool[] Present) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Values.Dispose();
}
