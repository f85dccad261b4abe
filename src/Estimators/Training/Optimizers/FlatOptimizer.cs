using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Optimizers;

/// <summary>An optimiser over <see cref="FlatParameters"/>: the formulas of torch.optim on whole ranges of parameters.</summary>
/// <remarks>Every number goes to libtorch as a <see cref="Scalar"/> that is disposed after the call. TorchSharp's own optimisers let them be converted from <c>double</c> on the way; such a
/// scalar may be collected while libtorch still reads it, which ends a run with "Unknown scalar type" once in many thousand steps. For the same reason nothing is added without a factor of our own.</remarks>
internal abstract class FlatOptimizer : IDisposable
{
    private readonly Tensor[] _moments;

    /// <summary>An optimiser that keeps for each value a number of each of <paramref name="moments"/>, torch.optim's names; all start at zero.</summary>
    protected FlatOptimizer(FlatParameters parameters, IReadOnlyList<string> moments)
    {
        (Parameters, MomentNames, Steps) = (parameters, moments, new long[parameters.Names.Count]);
        _moments = [.. moments.Select(_ => zeros_like(parameters.Values).DetachFromDisposeScope())];
    }

    /// <summary>What it moves.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Which.</summary>
    public abstract OptimizerKind Kind { get; }

    /// <summary>Names of <see cref="Moment"/>.</summary>
    public IReadOnlyList<string> MomentNames { get; }

    /// <summary>How often each parameter was moved; those that never had a gradient: 0.</summary>
    public long[] Steps { get; }

    /// <summary>[N] float32, of the order of <see cref="FlatParameters.Values"/>. It belongs to the optimiser.</summary>
    public Tensor Moment(int index) => _moments[index];

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step(FlatGradients gradients, double learningRate)
    {
        using var mode = no_grad();
        for (var (first, end) = (0, 0); first < Steps.Length; first = end)
        {
            end = EndOfRange(gradients.Present, first);
            if (!gradients.Present[first])
            {
                continue;
            }
            using var scope = NewDisposeScope();
            var (offset, length) = (Parameters.Offsets[first], Parameters.Offsets[end] - Parameters.Offsets[first]);
            Array.Fill(Steps, Steps[first] + 1, first, end - first);
            Move(Parameters.Values.narrow(0, offset, length), gradients.Values.narrow(0, offset, length),
                [.. _moments.Select(moment => moment.narrow(0, offset, length))], Steps[first], learningRate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var moment in _moments)
        {
            moment.Dispose();
        }
    }

    /// <summary>Changes <paramref name="values"/> and <paramref name="moments"/> in place, within a dispose scope and without gradients.</summary>
    /// <param name="values">Parameters that lie one after the other.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <param name="moments">In the order of <see cref="MomentNames"/>.</param>
    /// <param name="step">This step, from 1.</param>
    /// <param name="learningRate">Its learning rate.</param>
    protected abstract void Move(Tensor values, Tensor gradients, Tensor[] moments, long step, double learningRate);

    /// <summary>Where the parameters end that are treated as <paramref name="first"/> is. Nearly always all that have a gradient were moved equally often.</summary>
    private int EndOfRange(bool[] present, int first)
    {
        var end = first + 1;
        while (end < Steps.Length && present[end] == present[first] && Steps[end] == Steps[first])
        {
            end++;
        }
        return end;
    }
}
