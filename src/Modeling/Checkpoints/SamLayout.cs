using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The names and shapes of a whole SAM checkpoint, from the sizes alone: no network is made, so that libtorch is not needed.</summary>
internal static class SamLayout
{
    private static readonly string[] Projections = ["q_proj", "k_proj", "v_proj"];

    /// <summary>Every tensor of a network of these sizes, by SAM's name.</summary>
    public static IReadOnlyDictionary<string, long[]> Of(SamOptions options)
    {
        var shapes = new Dictionary<string, long[]>();
        AddImageEncoder(shapes, options);
        AddPromptEncoder(shapes, options.PromptEmbedDim, options.MaskInChans);
        AddTransformer(shapes, options);
        AddMaskHeads(shapes, options);
        return shapes;
    }

    private static void AddImageEncoder(Dictionary<string, long[]> shapes, SamOptions options)
    {
        long width = options.EmbedDim, grid = options.GridSize, patch = options.PatchSize, neck = options.PromptEmbedDim;
        shapes["image_encoder.pos_embed"] = [1, grid, grid, width];
        AddWeights(shapes, "image_encoder.patch_embed.proj", width, 3, patch, patch);
        for (var block = 0; block < options.Depth; block++)
        {
            var name = $"image_encoder.blocks.{block}";
            var side = options.GlobalAttnIndexes.Contains(block) ? grid : options.WindowSize;
            shapes[$"{name}.attn.rel_pos_h"] = shapes[$"{name}.attn.rel_pos_w"] = [(2 * side) - 1, width / options.NumHeads];
            AddNorm(shapes, $"{name}.norm1", width);
            AddNorm(shapes, $"{name}.norm2", width);
            AddWeights(shapes, $"{name}.attn.qkv", 3 * width, width);
            AddWeights(shapes, $"{name}.attn.proj", width, width);
            AddMlp(shapes, $"{name}.mlp", width, (long)Math.Round(width * options.MlpRatio));
        }
        shapes["image_encoder.neck.0.weight"] = [neck, width, 1, 1];
        AddNorm(shapes, "image_encoder.neck.1", neck);
        shapes["image_encoder.neck.2.weight"] = [neck, neck, 3, 3];
        AddNorm(shapes, "image_encoder.neck.3", neck);
    }

    private static void AddPromptEncoder(Dictionary<string, long[]> shapes, long width, long maskWidth)
    {
        const string Masks = "prompt_encoder.mask_downscaling";
        shapes["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"] = [2, width / 2];
        foreach (var name in new[] { "point_embeddings.0", "point_embeddings.1", "point_embeddings.2", "point_embeddings.3", "not_a_point_embed", "no_mask_embed" })
        {
            shapes[$"prompt_encoder.{name}.weight"] = [1, width];
        }
        AddWeights(shapes, $"{Masks}.0", maskWidth / 4, 1, 2, 2);
        AddNorm(shapes, $"{Masks}.1", maskWidth / 4);
        AddWeights(shapes, $"{Masks}.3", maskWidth, maskWidth / 4, 2, 2);
        AddNorm(shapes, $"{Masks}.4", maskWidth);
        AddWeights(shapes, $"{Masks}.6", width, maskWidth, 1, 1);
    }

    private static void AddTransformer(Dictionary<string, long[]> shapes, SamOptions options)
    {
        long width = options.PromptEmbedDim, narrow = width / options.AttentionDownsampleRate;
        for (var layer = 0; layer < options.DecoderDepth; layer++)
        {
            var name = $"{LoraLayout.FrozenTransformer}layers.{layer}";
            AddAttention(shapes, $"{name}.self_attn", width, width);
            AddAttention(shapes, $"{name}.cross_attn_token_to_image", width, narrow);
            AddAttention(shapes, $"{name}.cross_attn_image_to_token", width, narrow);
            AddMlp(shapes, $"{name}.mlp", width, options.DecoderMlpDim);
            for (var norm = 1; norm <= 4; norm++)
            {
                AddNorm(shapes, $"{name}.norm{norm}", width);
            }
        }
        AddAttention(shapes, $"{LoraLayout.FrozenTransformer}final_attn_token_to_image", width, narrow);
        AddNorm(shapes, $"{LoraLayout.FrozenTransformer}norm_final_attn", width);
    }

    private static void AddMaskHeads(Dictionary<string, long[]> shapes, SamOptions options)
    {
        long width = options.PromptEmbedDim, masks = options.NumClasses + 1;
        shapes["mask_decoder.iou_token.weight"] = [1, width];
        shapes["mask_decoder.mask_tokens.weight"] = [masks, width];
        shapes["mask_decoder.output_upscaling.0.weight"] = [width, width / 4, 2, 2];
        shapes["mask_decoder.output_upscaling.0.bias"] = [width / 4];
        AddNorm(shapes, "mask_decoder.output_upscaling.1", width / 4);
        shapes["mask_decoder.output_upscaling.3.weight"] = [width / 4, width / 8, 2, 2];
        shapes["mask_decoder.output_upscaling.3.bias"] = [width / 8];
        for (var mask = 0; mask < masks; mask++)
        {
            AddLayers(shapes, $"mask_decoder.output_hypernetworks_mlps.{mask}", [width, width, width, width / 8]);
        }
        AddLayers(shapes, "mask_decoder.iou_prediction_head", [width, .. Enumerable.Repeat((long)options.IouHeadHiddenDim, options.IouHeadDepth - 1), masks]);
    }

    private static void AddAttention(Dictionary<string, long[]> shapes, string name, long width, long inner)
    {
        foreach (var projection in Projections)
        {
            AddWeights(shapes, $"{name}.{projection}", inner, width);
        }
        AddWeights(shapes, $"{name}.out_proj", width, inner);
    }

    private static void AddMlp(Dictionary<string, long[]> shapes, string name, long width, long hidden)
    {
        AddWeights(shapes, $"{name}.lin1", hidden, width);
        AddWeights(shapes, $"{name}.lin2", width, hidden);
    }

    private static void AddLayers(Dictionary<string, long[]> shapes, string name, long[] widths)
    {
        for (var layer = 0; layer + 1 < widths.Length; layer++)
        {
            AddWeights(shapes, $"{name}.layers.{layer}", widths[layer + 1], widths[layer]);
        }
    }

    private static void AddNorm(Dictionary<string, long[]> shapes, string name, long width) => AddWeights(shapes, name, width);

    /// <summary>A weight and its bias, which is as long as the weight's first axis.</summary>
    private static void AddWeights(Dictionary<string, long[]> shapes, string name, params long[] shape)
    {
        shapes[$"{name}.weight"] = shape;
        shapes[$"{name}.bias"] = [shape[0]];
    }
}
