using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>In what a LoRA file and a network differ, in words: from the file's tensors, and from its metadata where it has any.</summary>
internal static class LoraDifferences
{
    /// <summary>All differences; empty when file and network belong together.</summary>
    public static IReadOnlyList<string> Between(SamNetwork network, CheckpointSummary file, LoraMetadata? metadata, (string? Sha256, string? SourceSha256) basis)
    {
        if (network.Adapter is LoraAdapter && network.Lora.Placement != LoraPlacement.None && KindFault(file.Kind) is { } fault)
        {
            return [fault];
        }
        var (options, lora) = (network.Options, network.Lora);
        var differences = new List<string>();
        Compare("classes", metadata?.Architecture?.NumClasses ?? file.Classes, options.NumClasses);
        Compare("image size", metadata?.ImageSize, options.ImageSize);
        Compare("embed_dim", file.EmbedDim ?? metadata?.Architecture?.EmbedDim, options.EmbedDim);
        Compare("depth", metadata?.Architecture?.Depth, options.Depth);
        if (lora.Placement != LoraPlacement.None)
        {
            Compare("rank", file.Rank, lora.Rank);
            Compare("adapted blocks", file.Depth, NetworkTensors.AdaptedBlocks(network).Count);
        }
        ComparePlacement(differences, metadata?.Placement ?? PlacementOf(file.Kind), lora.Placement);
        CompareLayers(differences, network, metadata);
        CompareBase(differences, metadata, basis);
        return differences;

        void Compare<T>(string what, T? inFile, T inNetwork) where T : struct
        {
            if (inFile is { } value && !value.Equals(inNetwork))
            {
                differences.Add($"{what}: the file has {value}, the network {inNetwork}");
            }
        }
    }

    private static void ComparePlacement(List<string> differences, LoraPlacement? inFile, LoraPlacement inNetwork)
    {
        if (inFile is { } placement && placement != inNetwork)
        {
            differences.Add($"placement: the file has {LoraPlacements.Describe(placement)}, the network {LoraPlacements.Describe(inNetwork)}; " +
                $"choose --placement {LoraPlacements.NameOf(placement)} (LoraPlacement.{placement}), or a file of the other kind");
        }
    }

    private static void CompareLayers(List<string> differences, SamNetwork network, LoraMetadata? metadata)
    {
        if (metadata?.Architecture is not { } architecture || metadata.Placement == LoraPlacement.None)
        {
            return;
        }
        int[] inFile = [.. (metadata.Layers ?? [.. Enumerable.Range(0, architecture.Depth)]).Order()];
        var inNetwork = NetworkTensors.AdaptedBlocks(network);
        if (!inFile.SequenceEqual(inNetwork))
        {
            differences.Add($"blocks with LoRA: the file has {string.Join(", ", inFile)}, the network {(inNetwork.Count == 0 ? "none" : string.Join(", ", inNetwork))}");
        }
    }

    private static void CompareBase(List<string> differences, LoraMetadata? metadata, (string? Sha256, string? SourceSha256) basis)
    {
        if (basis.Sha256 is { } sha256 && metadata?.BaseSha256 is { } trainedOn && !IsSame(trainedOn, sha256) && !IsSame(trainedOn, basis.SourceSha256))
        {
            differences.Add($"SAM base: the file was trained on {metadata.BaseFile ?? "one"} with SHA-256 {trainedOn}, the network holds one with {sha256}"
                + (basis.SourceSha256 is { } source ? $", converted from one with {source}" : string.Empty));
        }

        static bool IsSame(string one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
    }

    private static LoraPlacement? PlacementOf(CheckpointKind kind) => kind switch
    {
        CheckpointKind.SamedLora or CheckpointKind.EncoderLora => LoraPlacement.Encoder,
        CheckpointKind.SamedSLora => LoraPlacement.EncoderDecoder,
        CheckpointKind.Decoder => LoraPlacement.None,
        _ => null,
    };

    private static string? KindFault(CheckpointKind kind) => kind switch
    {
        CheckpointKind.Sam => "Give it as the SAM base, and SAMed's LoRA file as the LoRA",
        CheckpointKind.SamedNetwork or CheckpointKind.Optimizer or CheckpointKind.Other => "Expected a LoRA file with w_a_000, …, prompt_encoder.* and mask_decoder.*",
        _ => null,
    };
}
