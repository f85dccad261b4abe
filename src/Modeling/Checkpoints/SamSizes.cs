using System.Globalization;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The sizes of a SAM network from the shapes of its tensors.</summary>
internal static class SamSizes
{
    private const string Blocks = "image_encoder.blocks.";
    private const string IouHead = "mask_decoder.iou_prediction_head.layers.";

    /// <summary>The sizes that the shapes tell; what a lacking or malformed tensor would have told is the published value. Heads of the mask decoder leave no trace in shapes.</summary>
    /// <param name="shapes">Shapes by SAM's names.</param>
    public static SamOptions Of(IReadOnlyDictionary<string, long[]> shapes)
    {
        var usual = new SamOptions();
        var patch = Of("image_encoder.patch_embed.proj.weight", 2, 4, usual.PatchSize);
        var grid = Of("image_encoder.pos_embed", 1, 4, usual.GridSize);
        var width = Of("image_encoder.patch_embed.proj.weight", 0, 4, usual.EmbedDim);
        var prompt = Of("image_encoder.neck.0.weight", 0, 4, Of("prompt_encoder.no_mask_embed.weight", 1, 2, usual.PromptEmbedDim));
        var depth = CountOf(shapes.Keys, Blocks);
        // A table of relative positions has 2s - 1 rows for a side of s tokens.
        int[] sides = [.. Enumerable.Range(0, depth).Select(block => (Of($"{Blocks}{block}.attn.rel_pos_h", 0, 2, (2 * grid) - 1) + 1) / 2)];
        return usual with
        {
            PatchSize = patch,
            ImageSize = patch * grid,
            EmbedDim = width,
            Depth = depth,
            NumHeads = Math.Max(1, width / Of($"{Blocks}0.attn.rel_pos_h", 1, 2, 64)),
            MlpRatio = (double)Of($"{Blocks}0.mlp.lin1.weight", 0, 2, 4 * width) / width,
            WindowSize = sides.FirstOrDefault(side => side != grid, usual.WindowSize),
            GlobalAttnIndexes = [.. Enumerable.Range(0, depth).Where(block => sides[block] == grid)],
            PromptEmbedDim = prompt,
            MaskInChans = Of("prompt_encoder.mask_downscaling.3.weight", 0, 4, usual.MaskInChans),
            // Two in every published network: a file that lacks one of them is incomplete.
            DecoderDepth = Math.Max(usual.DecoderDepth, CountOf(shapes.Keys, $"{LoraLayout.FrozenTransformer}layers.")),
            DecoderMlpDim = Of($"{LoraLayout.FrozenTransformer}layers.0.mlp.lin1.weight", 0, 2, usual.DecoderMlpDim),
            AttentionDownsampleRate = Math.Max(1, prompt / Of($"{LoraLayout.FrozenTransformer}layers.0.cross_attn_token_to_image.k_proj.weight", 0, 2, prompt / usual.AttentionDownsampleRate)),
            IouHeadDepth = Math.Max(1, CountOf(shapes.Keys, IouHead)),
            IouHeadHiddenDim = Of($"{IouHead}0.weight", 0, 2, usual.IouHeadHiddenDim),
            NumClasses = Of("mask_decoder.mask_tokens.weight", 0, 2, usual.NumClasses + 1) - 1,
        };

        int Of(string name, int axis, int rank, int otherwise) =>
            shapes.TryGetValue(name, out var shape) && shape.Length == rank && shape[axis] is > 0 and <= int.MaxValue ? (int)shape[axis] : otherwise;
    }

    // Up to the highest number, so that a gap counts as something that is missing.
    private static int CountOf(IEnumerable<string> names, string prefix) => names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(name => int.TryParse(name[prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1000 ? number + 1 : 0)
        .DefaultIfEmpty(0).Max();
}
