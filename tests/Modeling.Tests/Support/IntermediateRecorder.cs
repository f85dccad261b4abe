using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>Runs a network and keeps what its modules give, under the names of the golden intermediates.</summary>
internal static class IntermediateRecorder
{
    public static Dictionary<string, Tensor> Record(SamNetwork network, Tensor images)
    {
        var seen = new Dictionary<string, Tensor>();
        foreach (var (name, module) in network.named_modules())
        {
            if (GoldenName(name) is { } golden)
            {
                Watch(module, golden, seen);
            }
        }
        var prompt = (SAMed.MLNet.Modeling.Sam.PromptEncoder)network.named_modules().Single(named => named.name == "sam.prompt_encoder").module;
        var positions = prompt.DensePositions();
        seen["dense_pe"] = positions;
        seen["dense_embeddings"] = prompt.DenseEmbedding().expand(positions.shape);
        network.call(images).Dispose();
        return seen;
    }

    private static string? GoldenName(string module)
    {
        const string block = "sam.image_encoder.blocks.";
        const string layer = "sam.mask_decoder.transformer.layers.";
        if (module.StartsWith(block, StringComparison.Ordinal))
        {
            var parts = module[block.Length..].Split('.', 2);
            return parts is [_] ? $"block{parts[0]}" : parts[1] is "attn" ? $"block{parts[0]}.attn" : parts[1] is "attn.qkv" ? $"block{parts[0]}.qkv" : null;
        }
        if (module.StartsWith(layer, StringComparison.Ordinal) && !module[layer.Length..].Contains('.', StringComparison.Ordinal))
        {
            return $"dec_layer{module[layer.Length..]}";
        }
        return module switch
        {
            "sam.image_encoder" => "image_encoder",
            "sam.image_encoder.patch_embed" => "patch_embed",
            "sam.mask_decoder.transformer" => "dec_transformer",
            "sam.mask_decoder.output_upscaling" => "output_upscaling",
            _ => null,
        };
    }

    private static void Watch(Module module, string name, Dictionary<string, Tensor> seen)
    {
        switch (module)
        {
            case Module<Tensor, Tensor> plain:
                plain.register_forward_hook((_, _, output) =>
                {
                    seen[name] = output.clone().DetachFromDisposeScope();
                    return output;
                });
                break;
            case Module<Tensor, Tensor, Tensor, Tensor, (Tensor, Tensor)> layer:
                layer.register_forward_hook((_, _, _, _, _, output) => Keep(seen, name, output));
                break;
            case Module<Tensor, Tensor, Tensor, (Tensor, Tensor)> transformer:
                transformer.register_forward_hook((_, _, _, _, output) => Keep(seen, name, output));
                break;
            default:
                throw new InvalidOperationException($"No hook for {module.GetType()}.");
        }
    }

    private static (Tensor, Tensor) Keep(Dictionary<string, Tensor> seen, string name, (Tensor First, Tensor Second) output)
    {
        seen[name + ".0"] = output.First.clone().DetachFromDisposeScope();
        seen[name + ".1"] = output.Second.clone().DetachFromDisposeScope();
        return output;
    }
}
