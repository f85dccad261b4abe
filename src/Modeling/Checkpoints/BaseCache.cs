using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Where SAM checkpoints may be kept once for all models of a user.</summary>
public static class BaseCache
{
    /// <summary>Environment variable with further folders, separated as in PATH.</summary>
    public const string FoldersVariable = "SAMED_BASES";

    /// <summary>The per-user folder: <c>$XDG_CACHE_HOME/samed-mlnet/bases</c>, else <c>~/.cache/samed-mlnet/bases</c>; null when the user has no home folder.</summary>
    public static string? DefaultFolder => PrivateCache.DefaultFolder is { } root ? Path.Combine(root, "bases") : null;

    /// <summary>The folders of <see cref="FoldersVariable"/>, then <see cref="DefaultFolder"/>.</summary>
    public static IReadOnlyList<string> Folders =>
    [
        .. (Environment.GetEnvironmentVariable(FoldersVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        .. DefaultFolder is { } folder ? [folder] : Array.Empty<string>(),
    ];
}
