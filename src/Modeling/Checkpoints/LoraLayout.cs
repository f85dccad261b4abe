using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>One tensor of a LoRA file: its key there and the network's tensor.</summary>
internal sealed record LoraSlot(string Key, Tensor Tensor, bool IsParameter);

/// <summary>The keys of SAMed's LoRA files and their order (save_lora_parameters of sam_lora_image_encoder.py and sam_lora_image_encoder_mask_decoder.py).</summary>
internal static class LoraLayout
{
    /// <summary>What the names of the image encoder's weights start with.</summary>
    public const string ImageEncoder = "image_encoder.";

    /// <summary>What the names of the prompt encoder's tensors start with.</summary>
    public const string PromptEncoder = "prompt_encoder.";
    /// <summary>What the names of the mask decoder's tensors start with.</summary>
    public const string MaskDecoder = "mask_decoder.";
    private const string Transformer = "sam.mask_decoder.transformer.";
    /// <summary>What the names of the part of the mask decoder start with that SAMed_s freezes.</summary>
    public const string FrozenTransformer = "mask_decoder.transformer.";

    private static readonly (string Key, string Attention)[] DecoderAttentions =
        [("sa", "self_attn"), ("cti", "cross_attn_token_to_image"), ("cit", "cross_attn_image_to_token")];

    /// <summary>Every tensor of the network's LoRA file, in the file's order. Another adapter's tensors stand first, under their state-dict names.</summary>
    /// <param name="network">The network.</param>
    /// <param name="withImageEncoder">Whether the file holds the image encoder's own weights too, at its end.</param>
    public static IReadOnlyList<LoraSlot> Of(SamNetwork network, bool withImageEncoder)
    {
        var adapter = NetworkTensors.Adapter(network).ToDictionary(pair => pair.Key, pair => pair.Value);
        var sam = NetworkTensors.Sam(network);
        var isLora = network.Adapter is LoraAdapter;
        var inDecoder = network.Lora.Placement == LoraPlacement.EncoderDecoder;
        List<LoraSlot> slots =
        [
            .. isLora ? EncoderKeys(NetworkTensors.AdaptedBlocks(network)).Select(Updates) : adapter.Select(pair => new LoraSlot(pair.Key, pair.Value, IsParameter: true)),
            .. inDecoder ? DecoderKeys(network.Options.DecoderDepth).Select(Updates) : [],
            .. Plain(PromptEncoder),
            .. Plain(MaskDecoder).Where(slot => !inDecoder || !slot.Key.StartsWith(FrozenTransformer, StringComparison.Ordinal)),
            .. inDecoder ? FinalKeys().Select(Updates) : [],
            .. withImageEncoder ? Plain(ImageEncoder) : [],
        ];
        return slots;

        LoraSlot Updates((string Key, string State) pair) => new(pair.Key, adapter[pair.State], IsParameter: true);
        IEnumerable<LoraSlot> Plain(string part) =>
            sam.Where(pair => pair.Key.StartsWith(part, StringComparison.Ordinal)).Select(pair => new LoraSlot(pair.Key, pair.Value, IsParameter: false));
    }

    /// <summary>Whether the image encoder's own weights train, so that the file must hold them: the published code has no such mode and ignores them there.</summary>
    public static bool TrainsImageEncoder(SamNetwork network) =>
        network.TrainableParameters.Any(named => network.Adapter.SamName(named.Name)?.StartsWith(ImageEncoder, StringComparison.Ordinal) == true);

    /// <summary>The encoder's updates: key in the file and name in the state dict. SAMed numbers those of the adapted blocks in turn: 2n is the query, 2n + 1 the value of the n-th of them.</summary>
    public static IEnumerable<(string Key, string State)> EncoderKeys(IReadOnlyList<int> blocks)
    {
        foreach (var side in new[] { "a", "b" })
        {
            for (var i = 0; i < 2 * blocks.Count; i++)
            {
                yield return ($"w_{side}_{i:000}", $"sam.image_encoder.blocks.{blocks[i / 2]}.attn.qkv.linear_{side}_{QueryOrValue(i)}.weight");
            }
        }
    }

    /// <summary>The updates in the layers of SAMed_s's decoder.</summary>
    public static IEnumerable<(string Key, string State)> DecoderKeys(int layers)
    {
        foreach (var (key, attention) in DecoderAttentions)
        {
            foreach (var side in new[] { "a", "b" })
            {
                for (var i = 0; i < 2 * layers; i++)
                {
                    yield return ($"{key}_{side}_{i:000}", $"{Transformer}layers.{i / 2}.{attention}.{QueryOrValue(i)}_proj.w_{side}.weight");
                }
            }
        }
    }

    /// <summary>The updates of SAMed_s's last attention, which stand at the end of the file.</summary>
    public static IEnumerable<(string Key, string State)> FinalKeys()
    {
        foreach (var projection in new[] { "q", "v" })
        {
            foreach (var side in new[] { "a", "b" })
            {
                yield return ($"fati_{projection}{side}", $"{Transformer}final_attn_token_to_image.{projection}_proj.w_{side}.weight");
            }
        }
    }

    private static string QueryOrValue(int i) => i % 2 == 0 ? "q" : "v";
}
