using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Loads and saves the trained part of a network in the layout of SAMed's LoRA files: updates, prompt encoder and mask decoder.</summary>
/// <remarks>The published code reads the .pth files written here. A network whose image encoder trains too (<see cref="LoraOptions.TrainEncoder"/>) gets its
/// image_encoder.* tensors appended; the published code has no such mode and ignores them. Every tensor must be there in the right shape, where the published
/// code takes a file of another rank without a word.</remarks>
public static class LoraCheckpoint
{
    /// <summary>Loads the file at <paramref name="path"/> into the network.</summary>
    /// <param name="network">Made with the file's rank, placement, classes and sizes.</param>
    /// <param name="path">.pth (zip or legacy, written on any device) or .safetensors.</param>
    /// <param name="baseSha256">SHA-256 of the SAM file that the network holds (<see cref="SamCheckpoint.Sha256Of"/>); null leaves the base unchecked, as does a
    /// file without metadata.</param>
    /// <param name="baseSourceSha256">SHA-256 of the file that the SAM file was converted from (<see cref="CheckpointConverter.SourceSha256Of"/>), whose tensors
    /// are the same: it may be the base that the LoRA file names. Null when it was not converted.</param>
    /// <exception cref="CheckpointMismatchException">Another kind of file, rank, class count, encoder, placement, image size or base; the network is unchanged.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static void Load(SamNetwork network, string path, string? baseSha256 = null, string? baseSourceSha256 = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var file = TensorFile.Read(path);
        var metadata = MetadataOf(file.Info);
        // A file with the image encoder brings its own, whether or not this network would train it further.
        var withEncoder = metadata?.TrainEncoder == true || file.Names.Any(name => name.StartsWith(LoraLayout.ImageEncoder, StringComparison.Ordinal));
        var slots = LoraLayout.Of(network, withEncoder);
        Check(network, file, slots, metadata, NeedsBase(network, withEncoder) ? (baseSha256, baseSourceSha256) : default);
        foreach (var slot in slots)
        {
            NetworkTensors.Assign(slot.Tensor, file[slot.Key]);
        }
    }

    /// <summary>Writes the file; what the network knows itself (sizes, rank, placement) replaces what <paramref name="metadata"/> says of it.</summary>
    /// <exception cref="ArgumentException">The extension is not .pth, .pt, .bin or .safetensors, or the class names are not as many as the classes.</exception>
    /// <exception cref="IOException">The disk is full or the folder not writable; an older file of that name is untouched.</exception>
    public static void Save(SamNetwork network, string path, LoraMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(metadata);
        if (metadata.Classes is { } classes && classes.Count != network.Options.NumClasses)
        {
            throw new ArgumentException($"The metadata names {classes.Count} classes, the network has {network.Options.NumClasses}.", nameof(metadata));
        }
        using var scope = NewDisposeScope();
        TensorFile.Write(
            path,
            LoraLayout.Of(network, LoraLayout.TrainsImageEncoder(network)).Select(slot => new TensorEntry(slot.Key, slot.Tensor, slot.IsParameter)),
            new Dictionary<string, string> { [LoraMetadata.Key] = metadata.With(network).ToJson() });
    }

    /// <summary>The metadata of a LoRA file, or null for a file that has none, as those of the published code. No tensor data are read.</summary>
    /// <exception cref="CheckpointFormatException">Not a checkpoint file, or metadata of a later version.</exception>
    public static LoraMetadata? ReadMetadata(string path) => MetadataOf(TensorFile.Identify(path));

    internal static LoraMetadata? MetadataOf(TensorFileInfo info) =>
        info.Metadata.TryGetValue(LoraMetadata.Key, out var json) ? LoraMetadata.FromJson(json, info.Path) : null;

    // With the encoder in the file nothing of the base is left, but for the frozen transformer of SAMed_s.
    private static bool NeedsBase(SamNetwork network, bool withEncoder) => !withEncoder || network.Lora.Placement == LoraPlacement.EncoderDecoder;

    private static void Check(SamNetwork network, TensorFile file, IReadOnlyList<LoraSlot> slots, LoraMetadata? metadata, (string? Sha256, string? SourceSha256) basis)
    {
        var summary = CheckpointInspector.Inspect(file.Info);
        var differences = LoraDifferences.Between(network, summary, metadata, basis);
        var shapes = file.Info.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        List<string> missing = [.. slots.Where(slot => !shapes.ContainsKey(slot.Key)).Select(slot => slot.Key)];
        var known = slots.Select(slot => slot.Key).ToHashSet();
        List<string> unexpected = [.. file.Names.Where(name => !known.Contains(name))];
        List<ShapeMismatch> wrong = [.. slots.Where(slot => shapes.TryGetValue(slot.Key, out var shape) && !shape.SequenceEqual(slot.Tensor.shape))
            .Select(slot => new ShapeMismatch(slot.Key, shapes[slot.Key], slot.Tensor.shape))];
        if (differences.Count + missing.Count + unexpected.Count + wrong.Count > 0)
        {
            throw new CheckpointMismatchException(file.Path, summary.Description, NetworkTensors.Describe(network), differences, missing, unexpected, wrong);
        }
    }
}
