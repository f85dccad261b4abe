using System.Diagnostics;
using System.Globalization;

namespace SAMed.MLNet.Bench;

/// <summary>Times one piece of work and prints what came out.</summary>
internal static class Timing
{
    /// <summary>Prints median, minimum and maximum over <paramref name="repetitions"/> runs after <paramref name="warmUps"/> runs that do not count.</summary>
    public static void Print<T>(string what, int repetitions, Func<T> work, int warmUps = 2)
    {
        for (var i = 0; i < warmUps; i++)
        {
            work();
        }
        var milliseconds = new double[repetitions];
        for (var i = 0; i < repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(milliseconds);
        Console.WriteLine(Text($"{what}: median {milliseconds[repetitions / 2]:G3} ms, min {milliseconds[0]:G3} ms, max {milliseconds[^1]:G3} ms over {repetitions} runs"));
    }

    /// <summary>Numbers with a decimal point on every machine.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
