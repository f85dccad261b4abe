using SAMed.MLNet.Estimators.Training.Optimizers;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training.Replicas;

/// <summary>What turns batches into gradients of the trained parameters: one network, or a copy of it on each of several devices.</summary>
internal interface IGradientSource : IDisposable
{
    /// <summary>The parameters that the optimiser moves.</summary>
    FlatParameters Parameters { get; }

    /// <summary>Forward and backward pass of <paramref name="batch"/>. The loss is that of the whole batch, however many devices share it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="share">What the loss is multiplied with before it is differentiated.</param>
    /// <param name="see">Gets the low-resolution logits [B, C+1, L, L] of the whole batch; null when nobody looks.</param>
    /// <returns>The loss and its parts, unmultiplied, see <see cref="LossFunction.Parts"/>; the caller disposes.</returns>
    Tensor Accumulate(PlacedBatch batch, double share, Action<Tensor>? see);

    /// <summary>The gradients accumulated since <see cref="Forget"/>; the caller disposes.</summary>
    FlatGradients Gradients();

    /// <summary>Starts a new step.</summary>
    void Forget();

    /// <summary>Brings changed parameters to every device.</summary>
    void Share();
}
