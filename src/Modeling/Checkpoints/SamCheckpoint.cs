using System.Security.Cryptography;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Loads and saves whole SAM checkpoints (sam_vit_b_01ec64.pth and the like).</summary>
/// <remarks>Follows SAMed's build_sam.py, which first copies every key whose shape fits, then interpolates pos_embed and the relative positions of the global
/// blocks. Two differences: the global blocks are those of the options (the published code matches digits in the key, right for vit_b only), and a file of
/// another encoder is an error, where the published code loads what happens to fit.</remarks>
public static class SamCheckpoint
{
    private const int HashedAtOnce = 1 << 20;
    private const string Positions = "image_encoder.pos_embed";
    private static readonly string[] ClassDependent = ["mask_tokens", "output_hypernetworks_mlps", "iou_prediction_head"];
    private static readonly string[] NotInTheState = ["pixel_mean", "pixel_std"];

    /// <summary>Loads the SAM file at <paramref name="path"/> right into the network's memory; otherwise as <see cref="Load(SamNetwork, TensorFile)"/>.</summary>
    public static SamLoadReport Load(SamNetwork network, string path)
    {
        using var file = TensorFile.Open(path);
        return Load(network, file);
    }

    /// <summary>Loads SAM's weights into the network; LoRA is left alone. The names may stand under a prefix ("sam.", "model.", "module.") or a key
    /// ("model", "state_dict").</summary>
    /// <exception cref="CheckpointMismatchException">The file is no SAM checkpoint or one of other sizes; the network is unchanged.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged; when it shows in the tensor data, the network's weights are undefined.</exception>
    public static SamLoadReport Load(SamNetwork network, TensorFile file)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(file);
        var summary = CheckpointInspector.Inspect(file.Info);
        if (summary.Kind != CheckpointKind.Sam)
        {
            throw new CheckpointMismatchException(file.Path, summary.Description, NetworkTensors.Describe(network), [AdviceFor(summary.Kind)]);
        }
        var targets = NetworkTensors.Sam(network);
        var plan = Plan(network, file, summary, targets);
        var planned = targets.Zip(plan, (target, entry) => (Name: summary.Prefix + target.Key, Tensor: target.Value, entry.Action)).ToList();
        file.ReadInto(planned.Where(target => target.Action == SamLoadAction.Copied).Select(target => KeyValuePair.Create(target.Name, target.Tensor)));
        foreach (var target in planned.Where(target => target.Action == SamLoadAction.Interpolated))
        {
            AssignInterpolated(file, target.Name, target.Tensor);
        }
        var used = plan.Where(entry => entry.Action != SamLoadAction.KeptInitial).Select(entry => summary.Prefix + entry.Key).ToHashSet();
        return new SamLoadReport { Path = file.Path, File = summary, Entries = plan, Unused = [.. file.Names.Where(name => !used.Contains(name))] };
    }

    /// <summary>Writes SAM's weights (without LoRA) under SAM's own names: what segment-anything and SAMed load as their base. The format goes by extension.</summary>
    public static void Save(SamNetwork network, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        TensorFile.Write(path, NetworkTensors.Sam(network).Select(pair => new TensorEntry(pair.Key, pair.Value)), metadata);
    }

    /// <summary>The SHA-256 of a file's bytes in lower-case hexadecimal: how a LoRA file names the base it was trained on.</summary>
    public static string Sha256Of(string path) => Hash(path, CancellationToken.None);

    internal static string Hash(string path, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[HashedAtOnce];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }

    private static List<SamLoadEntry> Plan(SamNetwork network, TensorFile file, CheckpointSummary summary, IReadOnlyList<KeyValuePair<string, Tensor>> targets)
    {
        var shapes = file.Info.Tensors.Where(tensor => tensor.Name.StartsWith(summary.Prefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Name[summary.Prefix.Length..], tensor => tensor.Shape);
        var plan = new List<SamLoadEntry>();
        var missing = new List<string>();
        var wrong = new List<ShapeMismatch>();
        foreach (var (key, target) in targets)
        {
            var stored = shapes.GetValueOrDefault(key);
            if (ActionFor(network.Options, key, stored, target.shape) is { } action)
            {
                plan.Add(new SamLoadEntry(key, action));
            }
            else if (stored is null)
            {
                missing.Add(key);
            }
            else
            {
                wrong.Add(new ShapeMismatch(key, stored, target.shape));
            }
        }
        var known = targets.Select(pair => pair.Key).ToHashSet();
        List<string> unexpected = [.. shapes.Keys.Where(key => !known.Contains(key) && !IsClassDependent(key) && !NotInTheState.Contains(key) && IsOfModel(key))];
        return missing.Count + wrong.Count + unexpected.Count == 0
            ? plan
            : throw new CheckpointMismatchException(file.Path, summary.Description, NetworkTensors.Describe(network), Differences(network.Options, summary), missing, unexpected, wrong);
    }

    private static SamLoadAction? ActionFor(SamOptions options, string key, IReadOnlyList<long>? stored, long[] wanted)
    {
        if (stored is not null && stored.SequenceEqual(wanted))
        {
            return SamLoadAction.Copied;
        }
        var isPositions = key == Positions && stored is [1, > 0, > 0, var channels] && channels == wanted[3];
        var isGlobalTable = IsGlobalTable(options, key) && stored is [> 0, var width] && width == wanted[1];
        return isPositions || isGlobalTable ? SamLoadAction.Interpolated : IsClassDependent(key) ? SamLoadAction.KeptInitial : null;
    }

    private static void AssignInterpolated(TensorFile file, string name, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var stored = file.Load(name);
        NetworkTensors.Assign(target, Interpolate(stored.to_type(target.dtype), target.shape));
    }

    private static Tensor Interpolate(Tensor stored, long[] shape) => shape.Length == 4
        ? Resampling.Bilinear(stored.permute(0, 3, 1, 2), shape[1], shape[2]).permute(0, 2, 3, 1)
        : Resampling.Linear(stored, shape[0]);

    private static bool IsGlobalTable(SamOptions options, string key) =>
        options.GlobalAttnIndexes.Any(block => key == $"image_encoder.blocks.{block}.attn.rel_pos_h" || key == $"image_encoder.blocks.{block}.attn.rel_pos_w");

    internal static bool IsClassDependent(string key) => ClassDependent.Any(part => key.Contains(part, StringComparison.Ordinal));

    private static bool IsOfModel(string key) => !key.Contains('/', StringComparison.Ordinal);

    private static List<string> Differences(SamOptions options, CheckpointSummary file)
    {
        var differences = new List<string>();
        if (file.EmbedDim != options.EmbedDim)
        {
            differences.Add($"embed_dim: the file has {file.EmbedDim}, the network {options.EmbedDim}");
        }
        if (file.Depth != options.Depth)
        {
            differences.Add($"depth: the file has {file.Depth} blocks, the network {options.Depth}");
        }
        if (file.Architecture is { } name && differences.Count > 0)
        {
            differences.Add($"Choose the model {name} or another file");
        }
        return differences;
    }

    private static string AdviceFor(CheckpointKind kind) => kind switch
    {
        CheckpointKind.SamedLora or CheckpointKind.SamedSLora or CheckpointKind.EncoderLora => "Give it as the LoRA file, and a SAM checkpoint (sam_vit_b_01ec64.pth) as the base",
        CheckpointKind.SamedNetwork => "Save the plain SAM weights and the LoRA file apart",
        _ => "Expected a SAM checkpoint with image_encoder, prompt_encoder and mask_decoder, as sam_vit_b_01ec64.pth",
    };
}
