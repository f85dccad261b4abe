using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>A trained network with everything that prediction needs to know, from a SAM file and a LoRA file.</summary>
public sealed class SegmentationModel : IDisposable
{
    private readonly LoraMetadata? _metadata;

    private SegmentationModel(SamNetwork network, Device device, string loraFile, string? samFile, string? samSha256, LoraMetadata? metadata, IReadOnlyList<string> notes)
    {
        (Network, Device, LoraFile, SamFile, SamSha256, _metadata, Notes) = (network, device, loraFile, samFile, samSha256, metadata, notes);
        Classes = ClassesOf(metadata, network.Options.NumClasses);
    }

    /// <summary>The network, on <see cref="Device"/>.</summary>
    public SamNetwork Network { get; }

    /// <summary>Where it lies.</summary>
    public Device Device { get; }

    /// <summary>The LoRA file.</summary>
    public string LoraFile { get; }

    /// <summary>The SAM file that was used; null when the LoRA file brings its own image encoder and no other was given.</summary>
    public string? SamFile { get; }

    /// <summary>Its SHA-256.</summary>
    internal string? SamSha256 { get; }

    /// <summary>The classes 1..C: the LoRA file's names; for files of the reference with eight classes the Synapse organs, else numbers.</summary>
    public IReadOnlyList<LabelClass> Classes { get; }

    /// <summary>Whether the LoRA file is one of the reference, which carries no record of its training.</summary>
    public bool IsOfReference => _metadata is null;

    /// <summary>What was found and assumed, a line each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Loads the two files into one network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such precision.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged or of another format.</exception>
    /// <exception cref="CheckpointMismatchException">A file does not fit the network.</exception>
    /// <exception cref="BaseNotFoundException">No SAM file was given and the one that the LoRA file names is not beside it.</exception>
    public static SegmentationModel Load(SegmentationModelOptions options)
    {
        var metadata = LoraCheckpoint.ReadMetadata(options.LoraFile);
        return Load(options, metadata, () => (options.SamFile ?? FindBase(options.LoraFile, metadata), null), Devices.Resolve(options.Device), randomStart: null);
    }

    /// <summary>Loads a model whose base is known in another way than by its files: found by <paramref name="findBase"/>, which may have hashed the file already, or drawn from the seed of <paramref name="randomStart"/>.</summary>
    internal static SegmentationModel Load(SegmentationModelOptions options, LoraMetadata? metadata, Func<(string? Path, string? Sha256)> findBase, Device device, ModelBase? randomStart)
    {
        var file = InspectLora(options.LoraFile, metadata);
        var (samFile, samSha256) = findBase();
        var model = options.Model ?? metadata?.Architecture ?? (file.Architecture is { } known ? SamRegistry.Resolve(known) : SamOptions.VitB);
        model = model with
        {
            NumClasses = options.NumClasses ?? file.Classes ?? model.NumClasses,
            ImageSize = options.ImageSize ?? metadata?.ImageSize ?? model.ImageSize,
        };
        var lora = new LoraOptions
        {
            Rank = options.Rank ?? file.Rank ?? new LoraOptions().Rank,
            Placement = options.Placement ?? PlacementOf(file, metadata),
            Layers = metadata?.Layers,
            // So that what is loaded can be saved again with the encoder it was trained with.
            TrainEncoder = metadata?.TrainEncoder ?? false,
        };
        // One core hashes while the others make the network and read into it.
        var hashing = samFile is null || samSha256 is not null ? Task.FromResult(samSha256) : Task.Run<string?>(() => SamCheckpoint.Sha256Of(samFile));
        var network = SamNetwork.Create(model, lora, device, randomStart?.Seed ?? 0);
        try
        {
            if (randomStart?.InitialSha256 is { } wanted && ModelBase.HashOf(network) != wanted)
            {
                throw new BaseNotFoundException(
                    $"The model was trained from random weights of seed {randomStart.Seed}, and this libtorch draws others from it. Load it with the libtorch it was trained with, or train it again from a SAM checkpoint.");
            }
            if (samFile is not null)
            {
                SamCheckpoint.Load(network, samFile);
            }
            samSha256 = hashing.GetAwaiter().GetResult();
            LoraCheckpoint.Load(network, options.LoraFile, samSha256,
                samFile is null ? null : CheckpointConverter.SourceSha256Of(samFile));
            network.eval();
            network.Precision = options.Precision;
            return new(network, device, options.LoraFile, samFile, samSha256, metadata, NotesOf(options, metadata, file.Architecture, model, lora, samFile));
        }
        catch
        {
            // The caller may want to replace the file.
            Task.WaitAny(hashing);
            network.Dispose();
            throw;
        }
    }

    /// <summary>The way of a slice to the network that the model was trained with. Files of the reference carry no record of it: for them it is the reference's own,
    /// its edge rule and orientation included.</summary>
    /// <param name="normalized">Whether the input is of a kind that holds intensities in [0, 1] (npz, npy, h5): no window is applied then, unless training did.</param>
    public PreprocessingOptions Preprocessing(bool normalized)
    {
        // Recorded, null is a window too: none. Only the reference's files leave it open.
        (float? min, float? max) = _metadata is null ? PreprocessingOptions.PublishedWindow : ((float?)_metadata.WindowMinHu, (float?)_metadata.WindowMaxHu);
        return new PreprocessingOptions
        {
            ImageSize = Network.Options.ImageSize,
            InputSize = _metadata is null ? Network.Options.InputSize : _metadata.InputSize,
            Channels = _metadata?.Channels ?? 1,
            WindowMin = min,
            WindowMax = max,
            WindowArrays = _metadata?.WindowArrays ?? false,
            ZoomEdge = _metadata?.ZoomEdge is { } edge ? Enum.Parse<ZoomEdge>(edge) : ZoomEdge.Paper,
            Orientation = _metadata?.Orientation,
        }.ForFile(hasGeometry: !normalized);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static CheckpointSummary InspectLora(string path, LoraMetadata? metadata)
    {
        var file = CheckpointInspector.Inspect(path);
        // Without LoRA the file has no updates; trained with its encoder it even looks like a SAM checkpoint. Only what we wrote says what it is.
        var isWithoutLora = metadata?.Placement == LoraPlacement.None && (file.Kind is CheckpointKind.Decoder or CheckpointKind.Sam);
        return isWithoutLora || file.Kind is CheckpointKind.SamedLora or CheckpointKind.SamedSLora
            ? file
            : throw new CheckpointFormatException(path, "content", "a SAMed LoRA file (w_a_000, …, prompt_encoder.*, mask_decoder.*)", file.Description +
                (file.Kind == CheckpointKind.Sam ? "; give it as the SAM base (--sam, SamFile), and the LoRA file as --lora (LoraFile)" : ""));
    }

    private static LoraPlacement PlacementOf(CheckpointSummary file, LoraMetadata? metadata) =>
        metadata?.Placement ?? (file.Kind == CheckpointKind.SamedSLora ? LoraPlacement.EncoderDecoder : LoraPlacement.Encoder);

    /// <summary>The SAM file that <see cref="Load(SegmentationModelOptions)"/> takes when none is named: the one of the LoRA file's record, beside it; null when there is none.</summary>
    /// <exception cref="CheckpointFormatException">The LoRA file is damaged.</exception>
    public static string? ImpliedBase(string loraFile) =>
        LoraCheckpoint.ReadMetadata(loraFile)?.BaseFile is { } name && BesideLora(loraFile, name) is var beside && File.Exists(beside) ? beside : null;

    private static string BesideLora(string loraFile, string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(loraFile))!, Path.GetFileName(name));

    private static string? FindBase(string loraFile, LoraMetadata? metadata)
    {
        if (metadata?.BaseFile is not { } name)
        {
            throw new BaseNotFoundException($"{loraFile} does not say which SAM checkpoint it was trained on (files of the reference never do). Name it with --sam (SamFile).");
        }
        var beside = BesideLora(loraFile, name);
        if (File.Exists(beside))
        {
            return beside;
        }
        return metadata.TrainEncoder && metadata.Placement != LoraPlacement.EncoderDecoder ? null : throw new BaseNotFoundException(
            $"{loraFile} was trained on {name} (SHA-256 {metadata.BaseSha256}), which is not beside it ({beside}). Name it with --sam (SamFile).");
    }

    private static LabelClass[] ClassesOf(LoraMetadata? metadata, int count)
    {
        if (metadata?.Classes is { } names && names.Count == count)
        {
            return [.. names.Select((name, index) => new LabelClass(index + 1, name))];
        }
        return metadata is null && count == LabelTable.Synapse.ClassCount
            ? [.. LabelTable.Synapse.Classes]
            : [.. Enumerable.Range(1, count).Select(id => new LabelClass(id, $"label {id}"))];
    }

    private static List<string> NotesOf(SegmentationModelOptions options, LoraMetadata? metadata, string? architecture, SamOptions model, LoraOptions lora, string? samFile)
    {
        List<string> notes =
        [
            $"Model: {model.EmbedDim} channels, {model.Depth} blocks, image size {model.ImageSize}, {model.NumClasses} classes, LoRA rank {lora.Rank}; SAM {samFile ?? "in the LoRA file"}",
        ];
        if (metadata is null)
        {
            notes.Add($"{options.LoraFile} carries no record of how it was trained: it is run the reference's way" +
                (options.Model is null ? $" as {architecture ?? "vit_b"} (say --model, or Model, if it is another)" : ""));
        }
        return notes;
    }
}

/// <summary>The SAM checkpoint that a LoRA file belongs to is not known or not there.</summary>
public sealed class BaseNotFoundException(string message) : Exception(message);
