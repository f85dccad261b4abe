using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Rewrites a checkpoint in the format of another extension.</summary>
public static class CheckpointConverter
{
    /// <summary>The metadata key under which a converted file keeps the SHA-256 of the file it was made from; the first one, where conversions follow one another.</summary>
    public const string SourceSha256Key = "samed.source_sha256";

    /// <summary>Reads <paramref name="source"/> and writes <paramref name="destination"/> (.pth, .pt, .bin or .safetensors), one tensor in memory at a time.
    /// Names, order, shapes, element types, values, Parameter flags and metadata are kept; where safetensors has no place for them (flags, an optimizer's nested
    /// values) they go into its metadata, so that the way back gives the same object. The source's
    /// SHA-256 is added to the metadata (<see cref="SourceSha256Key"/>), by which a LoRA file knows its base again. Tensors become contiguous, each with a storage of its own;
    /// tied ones (the same view of one storage) stay tied in a .pth; in safetensors, which has no place for that, each has its own bytes. A state dict's <c>_metadata</c> attribute
    /// (module versions, which SAM has no use for) is not kept.</summary>
    /// <param name="source">The file to read.</param>
    /// <param name="destination">The file to write.</param>
    /// <param name="cancellationToken">Stops between tensors; nothing is written then.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="CheckpointFormatException">The source is damaged or refused, or holds an element type that the destination's format lacks.</exception>
    /// <exception cref="ArgumentException">The destination's extension is none of those, or it is the source itself, also through a symbolic link.</exception>
    /// <exception cref="IOException">The destination cannot be written; an older file of that name is untouched.</exception>
    public static TensorFileInfo Convert(string source, string destination, CancellationToken cancellationToken = default)
    {
        RefuseSameFile(source, destination);
        using var content = CheckpointReader.Open(source);
        var metadata = new Dictionary<string, string>(content.Metadata);
        if (!metadata.ContainsKey(SourceSha256Key))
        {
            metadata[SourceSha256Key] = SamCheckpoint.Hash(source, cancellationToken);
        }
        TensorFile.Write(destination, content.Tree, metadata, cancellationToken);
        return TensorFileInfo.Of(content);
    }

    /// <summary>The SHA-256 of the file that the one at <paramref name="path"/> was converted from, or null for a file that was not converted here.</summary>
    /// <exception cref="CheckpointFormatException">Not a checkpoint file, or damaged.</exception>
    public static string? SourceSha256Of(string path) => TensorFile.Identify(path).Metadata.GetValueOrDefault(SourceSha256Key);

    /// <exception cref="ArgumentException">Both are one file.</exception>
    internal static void RefuseSameFile(string source, string destination)
    {
        // Through links too: writing follows them, and would replace what is being read.
        if (FilePath.Comparer.Equals(FilePath.Resolve(source), FilePath.Resolve(destination)))
        {
            throw new ArgumentException(source == destination ? $"Source and destination are the same file, '{source}'."
                : $"Source and destination are the same file, '{source}' and '{destination}'.", nameof(destination));
        }
    }
}
