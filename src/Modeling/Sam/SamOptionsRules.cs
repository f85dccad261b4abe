using System.Text.Json;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>What the sizes of a <see cref="SamOptions"/> must fulfil, one rule per line.</summary>
internal static class SamOptionsRules
{
    private const int MaxImageSize = 8192;
    private const int MaxWidth = 1 << 16;

    public static IEnumerable<string> FaultsOf(SamOptions options) =>
        Ranges(options).Concat(Lists(options)).Concat(Ratios(options));

    private static IEnumerable<string> Ranges(SamOptions o)
    {
        (string Name, int Value, int Max)[] sizes =
        [
            (nameof(o.ImageSize), o.ImageSize, MaxImageSize),
            (nameof(o.PatchSize), o.PatchSize, MaxImageSize),
            (nameof(o.EmbedDim), o.EmbedDim, MaxWidth),
            (nameof(o.Depth), o.Depth, 1024),
            (nameof(o.NumHeads), o.NumHeads, 1024),
            (nameof(o.WindowSize), o.WindowSize, MaxImageSize),
            (nameof(o.PromptEmbedDim), o.PromptEmbedDim, MaxWidth),
            (nameof(o.MaskInChans), o.MaskInChans, MaxWidth),
            (nameof(o.DecoderDepth), o.DecoderDepth, 1024),
            (nameof(o.DecoderNumHeads), o.DecoderNumHeads, 1024),
            (nameof(o.DecoderMlpDim), o.DecoderMlpDim, MaxWidth),
            (nameof(o.AttentionDownsampleRate), o.AttentionDownsampleRate, 1024),
            (nameof(o.IouHeadDepth), o.IouHeadDepth, 1024),
            (nameof(o.IouHeadHiddenDim), o.IouHeadHiddenDim, MaxWidth),
            (nameof(o.NumClasses), o.NumClasses, 255),
            (nameof(o.InputSize), o.InputSize ?? 1, MaxImageSize),
        ];
        foreach (var (name, value, max) in sizes)
        {
            if (value < 1 || value > max)
            {
                yield return $"{Key(name)} is {value}, expected 1 to {max}";
            }
        }
        if (!(o.MlpRatio > 0 && o.MlpRatio <= 64))
        {
            yield return $"{Key(nameof(o.MlpRatio))} is {o.MlpRatio}, expected more than 0 and at most 64";
        }
    }

    private static IEnumerable<string> Lists(SamOptions o)
    {
        foreach (var block in (o.GlobalAttnIndexes ?? []).Where(block => block < 0 || block >= o.Depth))
        {
            yield return $"{Key(nameof(o.GlobalAttnIndexes))} names block {block}, expected 0 to {o.Depth - 1}";
        }
        if (o.GlobalAttnIndexes is null)
        {
            yield return $"{Key(nameof(o.GlobalAttnIndexes))} is null, expected a list";
        }
        if (o.PixelMean is not { Count: 3 } || !o.PixelMean.All(double.IsFinite))
        {
            yield return $"{Key(nameof(o.PixelMean))} needs three finite numbers";
        }
        if (o.PixelStd is not { Count: 3 } || !o.PixelStd.All(value => double.IsFinite(value) && value > 0))
        {
            yield return $"{Key(nameof(o.PixelStd))} needs three finite numbers above 0";
        }
    }

    private static IEnumerable<string> Ratios(SamOptions o)
    {
        (string Name, int Value, string By, int Divisor)[] multiples =
        [
            (nameof(o.ImageSize), o.ImageSize, Key(nameof(o.PatchSize)), o.PatchSize),
            (nameof(o.EmbedDim), o.EmbedDim, Key(nameof(o.NumHeads)), o.NumHeads),
            (nameof(o.PromptEmbedDim), o.PromptEmbedDim, "8", 8),
            (nameof(o.PromptEmbedDim), o.PromptEmbedDim, Key(nameof(o.DecoderNumHeads)), o.DecoderNumHeads),
            (nameof(o.PromptEmbedDim), o.PromptEmbedDim, "attention_downsample_rate x decoder_num_heads", (int)Math.Min(int.MaxValue, (long)o.AttentionDownsampleRate * o.DecoderNumHeads)),
            (nameof(o.MaskInChans), o.MaskInChans, "4", 4),
        ];
        foreach (var (name, value, by, divisor) in multiples)
        {
            if (divisor > 0 && value > 0 && value % divisor != 0)
            {
                yield return $"{Key(name)} is {value}, expected a multiple of {by}" + (by.Length > 1 ? $" = {divisor}" : "");
            }
        }
    }

    private static string Key(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
}
