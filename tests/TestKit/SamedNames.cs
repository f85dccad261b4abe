namespace SAMed.MLNet.TestKit;

/// <summary>SAMed_s names the last attention's updates a second time at the root of the network, and its golden files use either name.</summary>
public static class SamedNames
{
    private const string Last = "sam.mask_decoder.transformer.final_attn_token_to_image.";

    /// <summary>The name inside the network: <c>fa_ti_q_proj_A.weight</c> is <c>…q_proj.w_a.weight</c>.</summary>
    public static string Canonical(string name)
    {
        var parts = name.Split('.', '_');
        return IsAlias(name) ? $"{Last}{parts[2]}_proj.w_{parts[4].ToLowerInvariant()}.weight" : name;
    }

    /// <summary>Whether the name is that second one.</summary>
    public static bool IsAlias(string name) => name.StartsWith("fa_ti_", StringComparison.Ordinal);

    /// <summary>The name under which a golden file holds the network's <paramref name="name"/>.</summary>
    public static string In(IEnumerable<string> stored, string name) => stored.First(candidate => candidate == name || Canonical(candidate) == name);
}
