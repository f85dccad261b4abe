namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>Low-rank adaptation of SAM. Sources: Hu et al., LoRA (2021); SAMed, sam_lora_image_encoder.py.</summary>
public sealed record LoraOptions
{
    /// <summary>Inner width of the updates, 1 to 4096.</summary>
    public int Rank { get; init; } = 4;

    /// <summary>Which projections get updates.</summary>
    public LoraPlacement Placement { get; init; } = LoraPlacement.Encoder;

    /// <summary>Encoder blocks that get updates, each named once and at least one; null means all. Where the first is a later block, the blocks before it run without
    /// gradients in training: <see cref="SamNetwork.FrozenBlocks"/>.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Whether the image encoder's own weights train too; without it they are frozen, as published.</summary>
    public bool TrainEncoder { get; init; }

    /// <summary>Checks the options against an encoder of <paramref name="depth"/> blocks.</summary>
    /// <exception cref="AdapterOptionsException">Lists every fault.</exception>
    public void Validate(int depth)
    {
        var faults = new List<string>();
        if (Rank is < 1 or > 4096)
        {
            faults.Add($"rank is {Rank}, expected 1 to 4096");
        }
        if (!Enum.IsDefined(Placement))
        {
            faults.Add($"placement is {Placement}, expected {string.Join(", ", Enum.GetNames<LoraPlacement>())}");
        }
        faults.AddRange((Layers ?? []).Where(layer => layer < 0 || layer >= depth).Select(layer => $"layers names block {layer}, expected 0 to {depth - 1}"));
        if (Layers is { Count: 0 })
        {
            faults.Add("layers is empty, expected at least one block; leave it out for all blocks, or set the placement None for no LoRA");
        }
        if (Layers is not null && Layers.Distinct().Count() != Layers.Count)
        {
            faults.Add("layers names a block twice");
        }
        if (faults.Count > 0)
        {
            throw new AdapterOptionsException($"The LoRA options have {faults.Count} fault(s): {string.Join("; ", faults)}.");
        }
    }
}
