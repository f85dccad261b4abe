namespace SAMed.MLNet.Modeling.Adapters;

/// <summary>Names of the <see cref="LoraPlacement"/>s, as options, configurations and messages write them.</summary>
public static class LoraPlacements
{
    private static readonly (string Name, LoraPlacement Placement, string Model)[] Known =
    [
        ("encoder", LoraPlacement.Encoder, "SAMed"),
        ("encoder+decoder", LoraPlacement.EncoderDecoder, "SAMed_s"),
        ("none", LoraPlacement.None, "no LoRA"),
    ];

    /// <summary>Every name, the default's first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>The name of a placement, for instance <c>encoder+decoder</c>.</summary>
    public static string NameOf(LoraPlacement placement) => Known.First(known => known.Placement == placement).Name;

    /// <summary>The placement of a name that <see cref="Names"/> lists.</summary>
    /// <exception cref="AdapterOptionsException">Another name; the message lists the known ones.</exception>
    public static LoraPlacement Parse(string name)
    {
        var found = Array.FindIndex(Known, known => known.Name == name);
        return found >= 0 ? Known[found].Placement : throw new AdapterOptionsException($"The placement '{name}' is not known: expected {string.Join(", ", Names)}.");
    }

    /// <summary>The name and the published model that has it, for instance <c>encoder+decoder (SAMed_s)</c>.</summary>
    internal static string Describe(LoraPlacement placement) => $"{NameOf(placement)} ({Known.First(known => known.Placement == placement).Model})";
}
