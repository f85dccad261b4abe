using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>While it lives, a network computes as the training options say; afterwards as before, so that how a model was trained does not decide how it predicts.</summary>
internal sealed class TrainingMode : IDisposable
{
    private readonly SamNetwork _network;
    private readonly Precision _precision;
    private readonly bool _checkpointing;

    public TrainingMode(SamNetwork network, TrainingOptions options)
    {
        (_network, _precision, _checkpointing) = (network, network.Precision, network.Checkpointing);
        (network.Precision, network.Checkpointing) = (options.Precision, options.Checkpointing);
    }

    public void Dispose() => (_network.Precision, _network.Checkpointing) = (_precision, _checkpointing);
}
