using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The weights that training starts from, loaded into the network.</summary>
/// <param name="BasePath">Full path of the SAM checkpoint that the trained part belongs to; null when the starting weights have no file of their own.</param>
/// <param name="BaseSha256">Its SHA-256.</param>
internal sealed record StartingWeights(string? BasePath, string? BaseSha256)
{
    /// <summary>The LoRA file that was loaded; null for none.</summary>
    public HashedFile? Lora { get; private init; }

    /// <summary>Loads what is given: a SAM checkpoint, a LoRA file, both or none.</summary>
    /// <exception cref="ArgumentException">A LoRA file without the SAM checkpoint it needs.</exception>
    public static StartingWeights Load(SamNetwork network, string? samFile, string? loraFile, LoraOptions lora, ITrainingObserver observer)
    {
        var start = new StartingWeights(null, null);
        if (samFile is { } path)
        {
            observer.Note($"SAM weights: {SamCheckpoint.Load(network, path)}");
            start = new(Path.GetFullPath(path), SamCheckpoint.Sha256Of(path));
        }
        else
        {
            observer.Warn("no SAM file (--sam, SamFile): training starts from RANDOM weights, not from Segment Anything. " + (lora.TrainEncoder
                ? "The image encoder is trained too."
                : "The image encoder stays frozen at random values, so expect poor results.") + (lora.Placement == LoraPlacement.EncoderDecoder
                ? " The weights of the mask decoder's transformer stay frozen at random values: only its LoRA is trained."
                : ""));
        }
        return loraFile is null ? start : start.WithLora(network, loraFile, lora, observer);
    }

    /// <summary>How many parameters there are and how many train, for people.</summary>
    public static string Describe(SamNetwork network, TrainingOptions options, Device device)
    {
        var trained = network.TrainableParameters.Sum(pair => pair.Parameter.numel());
        var total = network.parameters().Sum(parameter => parameter.numel());
        return FormattableString.Invariant($"Network: {total:n0} parameters, {trained:n0} trained, on {TrainingDevices.Describe(options, device)}");
    }

    private StartingWeights WithLora(SamNetwork network, string loraFile, LoraOptions lora, ITrainingObserver observer)
    {
        var bringsEncoder = TensorFile.Identify(loraFile).Tensors.Any(tensor => tensor.Name.StartsWith("image_encoder.", StringComparison.Ordinal));
        if (BasePath is null && !bringsEncoder)
        {
            throw new ArgumentException($"{loraFile} fits the SAM checkpoint it was trained on ({LoraCheckpoint.ReadMetadata(loraFile)?.BaseFile ?? "not recorded"}), not a random start. Name that checkpoint with --sam (SamFile).");
        }
        LoraCheckpoint.Load(network, loraFile, BaseSha256, BasePath is null ? null : CheckpointConverter.SourceSha256Of(BasePath));
        var start = this with { Lora = HashedFile.Of(loraFile) };
        observer.Note($"LoRA weights: {loraFile}");
        if (BasePath is null || lora.TrainEncoder || !bringsEncoder)
        {
            return start;
        }
        // The files of this run hold what it trains, so the frozen encoder has to be in their base.
        observer.Note($"The image encoder is that of {loraFile}, frozen: this run keeps a base of its own");
        return start with { BasePath = null, BaseSha256 = null };
    }
}
