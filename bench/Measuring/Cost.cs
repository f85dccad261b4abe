using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Floating-point operations that a SAM network needs, two per multiply-add, without those that only padding causes: tokens that windows are filled up with ask nothing.</summary>
internal static class Cost
{
    /// <summary>A forward pass of one image to the low-resolution logits.</summary>
    public static double Forward(SamOptions options) => Embedding(options) + Linear(options) + Attention(options) + Head(options);

    /// <summary>A training step with LoRA in every block: frozen weights get no gradient, activations do, and both factors of an attention's products do.</summary>
    public static double TrainingStep(SamOptions options) => Embedding(options) + (2 * Linear(options)) + (3 * Attention(options)) + (2.5 * Head(options));

    private static double Tokens(SamOptions options) => (double)options.GridSize * options.GridSize;

    private static double Embedding(SamOptions options) => 2 * Tokens(options) * 3 * options.PatchSize * options.PatchSize * options.EmbedDim;

    /// <summary>qkv, projection and MLP of every block.</summary>
    private static double Linear(SamOptions options) => 2 * Tokens(options) * options.EmbedDim * options.EmbedDim * (4 + (2 * options.MlpRatio)) * options.Depth;

    private static double Attention(SamOptions options)
    {
        var (windowed, whole) = (options.Depth - options.GlobalAttnIndexes.Count, options.GlobalAttnIndexes.Count);
        return (windowed * AttentionOver(options, options.WindowSize)) + (whole * AttentionOver(options, options.GridSize));
    }

    /// <summary>Scores, their product with the values, and the relative positions of rows and columns, over a square of <paramref name="side"/> tokens.</summary>
    private static double AttentionOver(SamOptions options, int side) => 2 * Tokens(options) * options.EmbedDim * ((2.0 * side * side) + (2 * side));

    /// <summary>The encoder's neck and the mask decoder, of which only what is done for every token of the image counts.</summary>
    private static double Head(SamOptions options)
    {
        double tokens = Tokens(options), width = options.PromptEmbedDim, narrow = width / options.AttentionDownsampleRate;
        var neck = 2 * tokens * ((options.EmbedDim * width) + (9 * width * width));
        // Per layer: keys and values of the tokens' attention, queries and result of the image's; the last attention has keys and values alone.
        var attention = 2 * tokens * width * narrow * ((4 * options.DecoderDepth) + 2);
        var upscaling = 2 * tokens * ((width * width) + (width * width / 2));
        return neck + attention + upscaling;
    }
}
