using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Puts a LoRA file into the SAM checkpoint that it was trained on: W + B·A in place of W, and the file's prompt encoder and mask decoder.</summary>
/// <remarks>The result is a plain SAM checkpoint under SAM's own names, without updates, that gives the outputs of the adapted network up to rounding. Its mask decoder is the
/// file's: C + 1 mask tokens where SAM has four. Every tensor has SAM's floating type, whichever the LoRA file has. Positions keep the size of the SAM file (or of the LoRA file, where that one brings its image encoder).</remarks>
public static class LoraMerge
{
    /// <summary>The metadata keys of the result: SHA-256 of the SAM file and of the LoRA file, and what the LoRA file said of its training.</summary>
    public const string SamSha256Key = "samed.merged_sam_sha256";

    /// <inheritdoc cref="SamSha256Key"/>
    public const string LoraSha256Key = "samed.merged_lora_sha256";

    /// <inheritdoc cref="SamSha256Key"/>
    public const string TrainingKey = "samed.merged_training";

    /// <summary>Reads both files and writes <paramref name="destination"/>, one tensor in memory at a time.</summary>
    /// <param name="samPath">The SAM checkpoint, of any container.</param>
    /// <param name="loraPath">A LoRA file of SAMed or SAMed_s, of the published code or of this library.</param>
    /// <param name="destination">.pth, .pt, .bin or .safetensors.</param>
    /// <param name="cancellationToken">Stops between tensors; nothing is written then.</param>
    /// <returns>The names of the weights that updates were added to.</returns>
    /// <exception cref="CheckpointFormatException">A file is damaged or of another kind, or the result would hold NaN or infinite values.</exception>
    /// <exception cref="CheckpointMismatchException">The files do not belong together, or one of them is incomplete: what is missing, unexpected or of another shape is listed; nothing is written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ArgumentException">The destination's extension is none of those, or it is one of the sources.</exception>
    /// <exception cref="IOException">The destination cannot be written; an older file of that name is untouched.</exception>
    public static IReadOnlyList<string> Merge(string samPath, string loraPath, string destination, CancellationToken cancellationToken = default)
    {
        CheckpointConverter.RefuseSameFile(samPath, destination);
        CheckpointConverter.RefuseSameFile(loraPath, destination);
        LibTorch.Load();
        using var sam = CheckpointReader.Open(samPath);
        using var lora = CheckpointReader.Open(loraPath);
        var files = new LoraPair(sam, lora);
        files.Check();
        var updates = files.Updates();
        var dict = new PickleDict(ordered: false);
        foreach (var (name, tensor) in files.Plain())
        {
            dict.Set(name, Merged(files, name, tensor, updates.GetValueOrDefault(name) ?? []));
        }
        var metadata = new Dictionary<string, string> { [SamSha256Key] = SamCheckpoint.Hash(samPath, cancellationToken), [LoraSha256Key] = SamCheckpoint.Hash(loraPath, cancellationToken) };
        if (lora.Metadata.TryGetValue(LoraMetadata.Key, out var training))
        {
            metadata[TrainingKey] = training;
        }
        TensorFile.Write(destination, new FlatTree(destination, dict), metadata, cancellationToken);
        return [.. updates.Keys];
    }

    private static StoredTensor Merged(LoraPair files, string name, StoredTensor tensor, List<LoraUpdate> updates)
    {
        var type = IsFloating(tensor.Type) ? files.TypeOf(name) : tensor.Type;
        return TensorMemory.Computed(name, type, tensor.Shape, () =>
        {
            var result = Load(files.PathOf(name, tensor), name, tensor);
            if (updates.Count > 0)
            {
                result = result.to_type(ScalarType.Float32);
            }
            foreach (var update in updates)
            {
                var (a, b) = (Load(files.LoraPath, update.A.Key, update.A.Tensor), Load(files.LoraPath, update.B.Key, update.B.Tensor));
                result.narrow(0, update.FirstRow, b.shape[0]).add_(b.to_type(ScalarType.Float32).matmul(a.to_type(ScalarType.Float32)));
            }
            // Checked last too: the sum, or the narrower type, may overflow where the parts did not.
            return Finite(result.to_type(ElementTypes.Of(type).Scalar!.Value), files.SamPath, name, $"a result that {ElementTypes.NameOf(type)} holds");
        });
    }

    private static Tensor Load(string path, string name, StoredTensor tensor) => Finite(TensorMemory.Load(path, name, tensor), path, name, "finite values");

    private static Tensor Finite(Tensor tensor, string path, string name, string expected)
    {
        var bad = tensor.NumberOfElements - tensor.isfinite().sum().item<long>();
        return bad == 0 ? tensor : throw new CheckpointFormatException(path, $"'{name}'", expected, $"{bad} of {tensor.NumberOfElements} values NaN or infinite");
    }

    private static bool IsFloating(ElementType type) => type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;
}

/// <summary>A low-rank update of one weight: rows from <paramref name="FirstRow"/> get B·A.</summary>
internal sealed record LoraUpdate((string Key, StoredTensor Tensor) A, (string Key, StoredTensor Tensor) B, long FirstRow);
