using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Whether the kernel has killed a process because memory ran out.</summary>
internal static class OomKills
{
    // Of this container where it has a count of its own, else of the machine.
    private static readonly string[] s_counters = ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control", "/proc/vmstat"];

    /// <summary>How often it has until now; 0 where nothing counts it.</summary>
    public static long Count() => s_counters.Select(CountIn).FirstOrDefault(count => count is not null) ?? 0;

    /// <summary>The count that a file of the kernel has; null where there is none.</summary>
    internal static long? CountIn(string path)
    {
        try
        {
            return File.ReadLines(path).Select(line => line.Split(' ')).FirstOrDefault(words => words is ["oom_kill", _]) is [_, var text]
                && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
