using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A sound checkpoint file that does not belong to the network: says what the file is, what the network is, in what they differ,
/// and lists every missing, unexpected and wrong-shaped key. The network is unchanged.</summary>
public sealed class CheckpointMismatchException : Exception
{
    private const int MaxShown = 8;

    /// <summary>A file of <paramref name="file"/> that was to go into <paramref name="network"/>.</summary>
    public CheckpointMismatchException(
        string path,
        string file,
        string network,
        IReadOnlyList<string> differences,
        IReadOnlyList<string>? missing = null,
        IReadOnlyList<string>? unexpected = null,
        IReadOnlyList<ShapeMismatch>? wrongShape = null)
        : base(Compose(path, file, network, differences, missing ?? [], unexpected ?? [], wrongShape ?? []))
    {
        FilePath = path;
        Differences = differences;
        (Missing, Unexpected, WrongShape) = (missing ?? [], unexpected ?? [], wrongShape ?? []);
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>What differs, in words, as "rank: the file has 8, the network 4".</summary>
    public IReadOnlyList<string> Differences { get; }

    /// <summary>Keys that the network needs and the file lacks; all of them, where the message shows the first few.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Keys of the file that the network has no place for.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Keys of both whose shapes differ.</summary>
    public IReadOnlyList<ShapeMismatch> WrongShape { get; }

    private static string Compose(
        string path,
        string file,
        string network,
        IReadOnlyList<string> differences,
        IReadOnlyList<string> missing,
        IReadOnlyList<string> unexpected,
        IReadOnlyList<ShapeMismatch> wrongShape)
    {
        var text = new StringBuilder($"{path} is {file}; it does not fit {network}.");
        foreach (var difference in differences)
        {
            text.Append($" {difference}{(difference.EndsWith('.') ? string.Empty : ".")}");
        }
        AppendKeys(text, "Missing", missing);
        AppendKeys(text, "Unexpected", unexpected);
        AppendKeys(text, "Wrong shape", [.. wrongShape.Select(mismatch => mismatch.ToString())]);
        return text.ToString();
    }

    private static void AppendKeys(StringBuilder text, string what, IReadOnlyList<string> keys)
    {
        if (keys.Count > 0)
        {
            text.Append($" {what} ({keys.Count}): {string.Join(", ", keys.Take(MaxShown))}{(keys.Count > MaxShown ? $" and {keys.Count - MaxShown} more" : string.Empty)}.");
        }
    }
}
