using System.Diagnostics;
using System.Globalization;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>What this process holds in memory, in bytes.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status", ClearRefs = "/proc/self/clear_refs";

    /// <summary>Now (Linux: VmRSS).</summary>
    public static double Now => Read("VmRSS") ?? Ask(process => process.WorkingSet64);

    /// <summary>The most so far (Linux: VmHWM).</summary>
    public static double Peak => Read("VmHWM") ?? Ask(process => process.PeakWorkingSet64);

    /// <summary>Starts the peak anew from what is held now. False where the system has no such thing.</summary>
    public static bool TryResetPeak()
    {
        try
        {
            File.WriteAllText(ClearRefs, "5");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static double? Read(string field) =>
        File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) is { } line
            ? 1024 * double.Parse(line.AsSpan(field.Length + 1, line.Length - field.Length - 3), NumberStyles.Float, CultureInfo.InvariantCulture)
            : null;

    private static double Ask(Func<Process, long> size)
    {
        using var process = Process.GetCurrentProcess();
        return size(process);
    }
}
