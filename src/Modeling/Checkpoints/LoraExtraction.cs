using SAMed.MLNet.Modeling.Checkpoints.Pickle;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Takes a LoRA file out of the state dict of a whole SAMed or SAMed_s network.</summary>
public static class LoraExtraction
{
    private const string FirstDecoderUpdate = "mask_decoder.transformer.layers.0.self_attn.q_proj.w_a.weight";

    /// <summary>Reads <paramref name="source"/>, a state dict with updates (keys like <c>sam.image_encoder.blocks.0.attn.qkv.linear_a_q.weight</c>, under any prefix), and writes
    /// its trained part to <paramref name="destination"/> in the layout of SAMed's LoRA files: updates, prompt encoder, mask decoder; for SAMed_s without the decoder's frozen
    /// transformer. Values are copied as they are; libtorch is not needed.</summary>
    /// <returns>What was written, by name.</returns>
    /// <exception cref="CheckpointFormatException">The source is damaged, or holds no updates, or updates of some blocks only.</exception>
    /// <exception cref="ArgumentException">The destination's extension is not .pth, .pt, .bin or .safetensors, or it is the source itself.</exception>
    /// <exception cref="IOException">The destination cannot be written; an older file of that name is untouched.</exception>
    public static IReadOnlyList<string> Extract(string source, string destination)
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
            var tensor = stored.TryGetValue(name, out var found) ? found : throw new CheckpointFormatException(source, $"'{summary.Prefix}{name}'", "a tensor of that name", "none");
            dict.Set(key, tensor with { IsParameter = isUpdate, RequiresGrad = isUpdate });
        }
        TensorFile.Write(destination, new FlatTree(destination, dict), content.Metadata);
        return [.. dict.Entries.Select(entry => (string)entry.Key)];
    }

    private static IEnumerable<(string Key, string Name, bool IsUpdate)> Entries(string source, CheckpointSummary summary, Dictionary<string, StoredTensor> stored)
    {
        var depth = summary.Depth!.Value;
        int[] blocks = [.. Enumerable.Range(0, depth).Where(block => stored.ContainsKey($"image_encoder.blocks.{block}.attn.qkv.linear_a_q.weight"))];
        if (blocks.Length != depth)
        {
            // Updates are numbered in turn and a LoRA file of the published kind does not say of which blocks.
            throw new CheckpointFormatException(source, "blocks with updates", $"all {depth}, because a LoRA file does not say which", string.Join(", ", blocks));
        }
        var inDecoder = stored.ContainsKey(FirstDecoderUpdate);
        var layers = Enumerable.Range(0, int.MaxValue).TakeWhile(layer => stored.ContainsKey(FirstDecoderUpdate.Replace("layers.0", $"layers.{layer}", StringComparison.Ordinal))).Count();
        return
        [
            .. LoraLayout.EncoderKeys(blocks).Select(Update),
            .. inDecoder ? LoraLayout.DecoderKeys(layers).Select(Update) : [],
            .. Plain(LoraLayout.PromptEncoder),
            .. Plain(LoraLayout.MaskDecoder).Where(entry => !inDecoder || !entry.Name.StartsWith(LoraLayout.FrozenTransformer, StringComparison.Ordinal)),
            .. inDecoder ? LoraLayout.FinalKeys().Select(Update) : [],
        ];

        static (string Key, string Name, bool IsUpdate) Update((string Key, string State) pair) => (pair.Key, pair.State["sam.".Length..], true);
        IEnumerable<(string Key, string Name, bool IsUpdate)> Plain(string part) => stored.Keys.Where(name => name.StartsWith(part, StringComparison.Ordinal)).Select(name => (name, name, false));
    }
}
