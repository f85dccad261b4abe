namespace SAMed.MLNet.Modeling.Sam;

/// <summary>The known architectures by name; a new one is one line here.</summary>
public static class SamRegistry
{
    private static readonly Dictionary<string, SamOptions> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vit_b"] = SamOptions.VitB,
        ["vit_l"] = SamOptions.VitL,
        ["vit_h"] = SamOptions.VitH,
    };

    /// <summary>Names that <see cref="Resolve"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Keys];

    /// <summary>The configuration of a known architecture, or of a JSON file (<see cref="SamOptions.FromJsonFile"/>).</summary>
    /// <exception cref="SamOptionsException">Neither a known name nor a usable file.</exception>
    public static SamOptions Resolve(string nameOrJsonFile)
    {
        ArgumentNullException.ThrowIfNull(nameOrJsonFile);
        if (Known.TryGetValue(nameOrJsonFile, out var options))
        {
            return options;
        }
        return File.Exists(nameOrJsonFile) ? SamOptions.FromJsonFile(nameOrJsonFile) : throw new SamOptionsException(
            $"The model '{nameOrJsonFile}' is not known: expected {string.Join(", ", Names)} or the path of a JSON file with a SAM configuration.");
    }
}
