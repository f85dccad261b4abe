using SAMed.MLNet.Estimators.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>One step of the optimiser: gradients of its batches, averaged by their number of slices, and the move.</summary>
internal sealed class TrainingStep(IGradientSource source, FlatOptimizer optimizer)
{
    /// <summary>Runs the step.</summary>
    /// <param name="parts">Its batches.</param>
    /// <param name="learningRate">Its learning rate.</param>
    /// <param name="step">Its 0-based number, for messages.</param>
    /// <param name="see">Gets the low-resolution logits of the first batch; null when nobody looks.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite; the parameters are as they were.</exception>
    public StepLosses Run(IReadOnlyList<PlacedBatch> parts, double learningRate, long step, Action<Tensor>? see = null)
    {
        source.Forget();
        using var scope = NewDisposeScope();
        var shares = parts.Select(part => part.Source.Count / (double)parts.Sum(other => other.Source.Count)).ToArray();
        Tensor[] losses = [.. parts.Select((part, index) => source.Accumulate(part, shares[index], index == 0 ? see : null))];
        using var gradients = source.Gradients();
        // The one place where a step waits for its device: until here everything is only queued there.
        var read = Read(losses, shares);
        if (!double.IsFinite(read.Total))
        {
            throw new TrainingDivergedException(step, learningRate, $"the loss is {read.Total}");
        }
        optimizer.Step(gradients, learningRate);
        source.Share();
        return read;
    }

    private static StepLosses Read(Tensor[] losses, double[] shares)
    {
        var (parts, values) = (losses[0].shape[0], stack(losses).cpu().data<float>().ToArray());
        double Sum(int part) => shares.Select((share, index) => share * values[(index * parts) + part]).Sum();
        return new(Sum(0), Sum(1), Sum(2)) { Focal = parts > 3 ? Sum(3) : null };
    }
}
