using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Takes a LoRA file out of the state dict of a whole SAMed or SAMed_s network.</summary>
public static class LoraExtraction
{
    /// <summary>Reads <paramref name="source"/>, a state dict with updates (keys like <c>sam.image_encoder.blocks.0.attn.qkv.linear_a_q.weight</c>, under any prefix), and writes
    /// its trained part to <paramref name="destination"/> in the layout of SAMed's LoRA files: updates, prompt encoder, mask decoder; for SAMed_s without the decoder's frozen
    /// transformer. Values are copied as they are; libtorch is not needed.</summary>
    /// <param name="source">The state.</param>
    /// <param name="destination">.pth, .pt, .bin or .safetensors.</param>
    /// <param name="cancellationToken">Stops between tensors; nothing is written then.</param>
    /// <returns>What was written, by name.</returns>
    /// <exception cref="CheckpointFormatException">The source is damaged, or holds no updates, or updates of some blocks only.</exception>
    /// <exception cref="CheckpointMismatchException">The state is incomplete: what is missing, unexpected or of another shape is listed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ArgumentException">The destination's extension is not .pth, .pt, .bin or .safetensors, or it is the source itself.</exception>
    /// <exception cref="IOException">The destination cannot be written; an older file of that name is untouched.</exception>
    public static IReadOnlyList<string> Extract(string source, string destination, CancellationToken cancellationToken = default)
    {
        CheckpointConverter.RefuseSameFile(source, destination);
        using var content = CheckpointReader.Open(source);
        var summary = CheckpointInspector.Inspect(TensorFileInfo.Of(content));
        if (summary.Kind != CheckpointKind.SamedNetwork)
        {
            throw new CheckpointFormatException(source, "content", "the state of a whole SAMed network with its updates (…attn.qkv.linear_a_q.weight)", summary.Description +
                (summary.Kind == CheckpointKind.Sam ? "; updates that were merged into their weights cannot be taken out again" : ""));
        }
        var stored = content.Tensors.Where(pair => pair.Key.StartsWith(summary.Prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[summary.Prefix.Length..], pair => pair.Value);
        var dict = new PickleDict(ordered: false);
        foreach (var (key, name, isUpdate) in Entries(source, summary, stored))
        {
            dict.Set(key, stored[name] with { IsParameter = isUpdate, RequiresGrad = isUpdate });
        }
        TensorFile.Write(destination, new FlatTree(destination, dict), content.Metadata, cancellationToken);
        return [.. dict.Entries.Select(entry => (string)entry.Key)];
    }

    private static List<(string Key, string Name, bool IsUpdate)> Entries(string source, CheckpointSummary summary, Dictionary<string, StoredTensor> stored)
    {
        var depth = summary.Depth!.Value;
        int[] blocks = [.. Enumerable.Range(0, depth).Where(block => stored.ContainsKey($"image_encoder.blocks.{block}.attn.qkv.linear_a_q.weight"))];
        if (blocks.Length != depth)
        {
            // Updates are numbered in turn and a LoRA file of the published kind does not say of which blocks.
            throw new CheckpointFormatException(source, "blocks with updates", $"all {depth}, because a LoRA file does not say which", string.Join(", ", blocks));
        }
        // One of its updates tells SAMed_s, whichever others the state lacks; that all are there is checked next.
        var inDecoder = stored.Keys.Any(IsDecoderUpdate);
        var sizes = SamSizes.Of(stored.ToDictionary(pair => pair.Key, pair => pair.Value.Shape));
        List<(string Key, string Name, bool IsUpdate)> entries =
        [
            .. LoraLayout.EncoderKeys(blocks).Select(Update),
            .. inDecoder ? LoraLayout.DecoderKeys(sizes.DecoderDepth).Select(Update) : [],
            .. Plain(LoraLayout.PromptEncoder),
            .. Plain(LoraLayout.MaskDecoder),
            .. inDecoder ? LoraLayout.FinalKeys().Select(Update) : [],
        ];
        var layout = SamLayout.Of(sizes);
        var expected = layout.Where(pair => (pair.Key.StartsWith(LoraLayout.PromptEncoder, StringComparison.Ordinal) || pair.Key.StartsWith(LoraLayout.MaskDecoder, StringComparison.Ordinal)) && !IsFrozen(pair.Key)).ToDictionary();
        foreach (var (_, name, _) in entries.Where(entry => entry.IsUpdate))
        {
            expected[name] = LoraUpdateNames.ShapeOf("sam." + name, layout[LoraUpdateNames.WeightOf("sam." + name)], summary.Rank ?? 0);
        }
        var found = entries.Select(entry => entry.Name).Where(stored.ContainsKey).ToDictionary(name => name, name => stored[name].Shape);
        TensorSet.Check(source, summary.Description, inDecoder ? "SAMed_s of its sizes" : "SAMed of its sizes", found, expected);
        return entries;

        static (string Key, string Name, bool IsUpdate) Update((string Key, string State) pair) => (pair.Key, pair.State["sam.".Length..], true);
        IEnumerable<(string Key, string Name, bool IsUpdate)> Plain(string part) => stored.Keys.Where(name => name.StartsWith(part, StringComparison.Ordinal) && !IsFrozen(name)).Select(name => (name, name, false));
        bool IsFrozen(string name) => inDecoder && name.StartsWith(LoraLayout.FrozenTransformer, StringComparison.Ordinal);
    }

    private static bool IsDecoderUpdate(string name) => name.StartsWith(LoraLayout.FrozenTransformer, StringComparison.Ordinal)
        && (name.EndsWith(".w_a.weight", StringComparison.Ordinal) || name.EndsWith(".w_b.weight", StringComparison.Ordinal));
}
