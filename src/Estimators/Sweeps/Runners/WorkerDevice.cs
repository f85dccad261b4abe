using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The device of a worker: what it is told with --device, and which GPU it sees.</summary>
/// <param name="Option">For <c>samed trial --device</c>.</param>
/// <param name="Visible">For CUDA_VISIBLE_DEVICES; null = as in this process.</param>
internal sealed record WorkerDevice(string Option, string? Visible)
{
    /// <summary>The device of that name; null when it is none.</summary>
    public static WorkerDevice? Parse(string name)
    {
        var text = name.Trim().ToLowerInvariant();
        if (text == "cpu")
        {
            return new("cpu", null);
        }
        var number = text == "cuda" ? "0" : text.StartsWith("cuda:", StringComparison.Ordinal) ? text[5..] : text;
        // Its only GPU is the first that it sees.
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new("cuda:0", Name(index, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"))) : null;
    }

    /// <summary>The machine's own name for a GPU that this process sees as number <paramref name="index"/>: a cluster gives out some of a node's.</summary>
    internal static string Name(int index, string? visible) =>
        visible?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } names && index < names.Length ? names[index] : index.ToString(CultureInfo.InvariantCulture);
}
