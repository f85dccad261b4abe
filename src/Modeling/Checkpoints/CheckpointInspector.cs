using System.Globalization;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Recognises what a checkpoint is from its keys and shapes.</summary>
public static class CheckpointInspector
{
    private const string PatchEmbed = "image_encoder.patch_embed.proj.weight";
    private const string PosEmbed = "image_encoder.pos_embed";
    private const string MaskTokens = "mask_decoder.mask_tokens.weight";
    private const string Blocks = "image_encoder.blocks.";
    private const string FirstUpdate = "w_a_000";
    private const string FirstDecoderUpdate = "sa_a_000";
    private const string NetworkUpdate = ".attn.qkv.linear_a_q.weight";

    private static readonly string[] ModelPrefixes = ["", "model/", "state_dict/", "sam.", "model."];

    private static readonly (string Name, int EmbedDim, int Depth)[] Architectures = [("vit_b", 768, 12), ("vit_l", 1024, 24), ("vit_h", 1280, 32)];

    /// <summary>Opens the file and recognises it.</summary>
    /// <exception cref="CheckpointFormatException">Not a checkpoint file, or damaged.</exception>
    public static CheckpointSummary Inspect(string path) => Inspect(TensorFile.Identify(path));

    /// <summary>Recognises what an identified file is.</summary>
    public static CheckpointSummary Inspect(TensorFileInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var shapes = info.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        if (shapes.ContainsKey(FirstUpdate))
        {
            return InspectLora(shapes);
        }
        if (PrefixOf(shapes.Keys, PatchEmbed) is { } prefix)
        {
            return InspectSam(shapes, prefix);
        }
        if (PrefixOf(shapes.Keys, MaskTokens) is { } decoderPrefix)
        {
            return new CheckpointSummary { Kind = CheckpointKind.Decoder, Prefix = decoderPrefix, Classes = ClassesOf(shapes, decoderPrefix) };
        }
        var isOptimizer = info.Values.Any(value => value.Key.StartsWith("param_groups/", StringComparison.Ordinal));
        return new CheckpointSummary { Kind = isOptimizer ? CheckpointKind.Optimizer : CheckpointKind.Other };
    }

    /// <summary>What stands before <paramref name="key"/> in the name that ends with it at a boundary of names, or null. Of several (a model and its
    /// moving average) the one that is called the model.</summary>
    internal static string? PrefixOf(IEnumerable<string> names, string key)
    {
        var prefixes = names.Where(name => name.EndsWith(key, StringComparison.Ordinal))
            .Select(name => name[..^key.Length]).Where(prefix => prefix.Length == 0 || prefix[^1] is '.' or '/').ToList();
        return prefixes.Count <= 1 ? prefixes.FirstOrDefault() : ModelPrefixes.FirstOrDefault(prefixes.Contains);
    }

    private static CheckpointSummary InspectLora(Dictionary<string, IReadOnlyList<long>> shapes)
    {
        var update = shapes[FirstUpdate];
        var embedDim = update.Count == 2 ? (int?)update[1] : null;
        var depth = shapes.Keys.Count(name => name.StartsWith("w_a_", StringComparison.Ordinal)) / 2;
        var kind = shapes.ContainsKey(FirstDecoderUpdate) ? CheckpointKind.SamedSLora
            : shapes.ContainsKey(MaskTokens) ? CheckpointKind.SamedLora : CheckpointKind.EncoderLora;
        return new CheckpointSummary
        {
            Kind = kind,
            Architecture = ArchitectureOf(embedDim, depth),
            EmbedDim = embedDim,
            Depth = depth,
            Rank = update.Count == 2 ? (int)update[0] : null,
            Classes = ClassesOf(shapes, string.Empty),
        };
    }

    private static CheckpointSummary InspectSam(Dictionary<string, IReadOnlyList<long>> shapes, string prefix)
    {
        var patch = shapes[prefix + PatchEmbed];
        int? embedDim = patch.Count == 4 ? (int)patch[0] : null;
        var depth = shapes.Keys.Where(name => name.StartsWith(prefix + Blocks, StringComparison.Ordinal))
            .Select(name => name[(prefix.Length + Blocks.Length)..].Split('.')[0]).Distinct().Count(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var update = shapes.FirstOrDefault(pair => pair.Key.EndsWith(NetworkUpdate, StringComparison.Ordinal)).Value;
        return new CheckpointSummary
        {
            Kind = update is not null ? CheckpointKind.SamedNetwork : CheckpointKind.Sam,
            Prefix = prefix,
            Architecture = ArchitectureOf(embedDim, depth),
            EmbedDim = embedDim,
            Depth = depth,
            Rank = update is { Count: 2 } ? (int)update[0] : null,
            Classes = ClassesOf(shapes, prefix),
            ImageSize = patch.Count == 4 && shapes.TryGetValue(prefix + PosEmbed, out var positions) && positions.Count == 4 ? (int)(positions[1] * patch[2]) : null,
        };
    }

    private static string? ArchitectureOf(int? embedDim, int depth) =>
        Architectures.FirstOrDefault(known => known.EmbedDim == embedDim && known.Depth == depth).Name;

    private static int? ClassesOf(Dictionary<string, IReadOnlyList<long>> shapes, string prefix) =>
        shapes.TryGetValue(prefix + MaskTokens, out var tokens) && tokens.Count == 2 ? (int)tokens[0] - 1 : null;
}
