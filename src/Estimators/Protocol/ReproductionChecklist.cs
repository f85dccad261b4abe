using System.Text.Json;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>What is known of a file that a published result needs.</summary>
public enum FileStatus
{
    /// <summary>Its length and SHA-256 are those of the published file.</summary>
    Verified,

    /// <summary>Its content is of the right kind, and no checksum is published to compare with; or it was converted from the published file, as it says itself.</summary>
    Recognised,

    /// <summary>It is there and is not the published file.</summary>
    Different,

    /// <summary>It is not there.</summary>
    Missing,
}

/// <summary>A file that a published result needs.</summary>
/// <param name="What">What it is for.</param>
/// <param name="Path">Where it was looked for.</param>
/// <param name="Status">What was found.</param>
/// <param name="Detail">A few words on that.</param>
/// <param name="Url">Where to get it.</param>
public sealed record CheckedFile(string What, string Path, FileStatus Status, string Detail, string Url);

/// <summary>All of them.</summary>
/// <param name="Files">Each file, in the order in which they are needed.</param>
public sealed record ReproductionChecklist(IReadOnlyList<CheckedFile> Files)
{
    /// <summary>Whether every file is there and none is another than the published one, as far as that is known.</summary>
    public bool IsPublished => Files.All(file => file.Status is FileStatus.Verified or FileStatus.Recognised);

    /// <summary>The list as JSON: <code>{"version","isPublishedSet","files":[{"what","path","status","detail","url"}]}</code></summary>
    public string ToJson() => JsonSerializer.Serialize(new { Version = ProductVersion.Text, IsPublishedSet = IsPublished, Files }, ReproductionResult.Json) + "\n";

    /// <summary>The files that stop a run.</summary>
    /// <param name="allowOtherFiles">Whether files other than the published ones may be used.</param>
    public IReadOnlyList<CheckedFile> Faults(bool allowOtherFiles) =>
        [.. Files.Where(file => file.Status == FileStatus.Missing || (file.Status == FileStatus.Different && !allowOtherFiles))];

    /// <exception cref="ReproductionException">There is a fault.</exception>
    internal void RequireUsable(bool allowOtherFiles)
    {
        if (Faults(allowOtherFiles) is { Count: > 0 } faults)
        {
            throw new ReproductionException(faults);
        }
    }
}

/// <summary>Files that a published result needs are missing, or are others; the message lists them all and says where to get them.</summary>
public sealed class ReproductionException : Exception
{
    /// <summary>The faults.</summary>
    public ReproductionException(IReadOnlyList<CheckedFile> faults)
        : base(Describe(faults)) => Faults = faults;

    /// <summary>What is missing or another file.</summary>
    public IReadOnlyList<CheckedFile> Faults { get; }

    private static string Describe(IReadOnlyList<CheckedFile> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        var lines = faults.Select(file => $"  {file.What}, {file.Path}: {file.Detail}");
        var sources = faults.Select(file => (file.What.StartsWith("test volume", StringComparison.Ordinal) ? "test volumes" : file.What, file.Url)).Distinct().Select(source => $"  {source.Item1}: {source.Url}");
        return $"The published result cannot be computed again with these files, and nothing was written:{Environment.NewLine}" +
            string.Join(Environment.NewLine, lines) + $"{Environment.NewLine}Where to get them:{Environment.NewLine}" + string.Join(Environment.NewLine, sources) +
            (faults.All(file => file.Status == FileStatus.Different) ? $"{Environment.NewLine}To test with these files all the same, add --allow-other-files (AllowOtherFiles)." : "");
    }
}
