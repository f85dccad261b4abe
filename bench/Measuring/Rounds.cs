using System.Diagnostics;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Measures several pieces of work in turn, round after round, so that what the machine does beside it falls on all of them alike.</summary>
internal static class Rounds
{
    /// <summary>Seconds of each piece of work over <paramref name="count"/> rounds, after <paramref name="warmUps"/> rounds that do not count.</summary>
    public static Samples[] Measure(int count, int warmUps, params Action[] work)
    {
        var seconds = work.Select(_ => new List<double>()).ToArray();
        for (var round = -warmUps; round < count; round++)
        {
            for (var i = 0; i < work.Length; i++)
            {
                // Garbage of one piece of work is not collected on another's time.
                GC.Collect();
                GC.WaitForPendingFinalizers();
                var elapsed = Time(work[i]);
                if (round >= 0)
                {
                    seconds[i].Add(elapsed);
                }
            }
        }
        return [.. seconds.Select(found => new Samples(found))];
    }

    /// <summary>Seconds that <paramref name="work"/> takes.</summary>
    public static double Time(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Seconds per call of short work, called <paramref name="calls"/> times in each of <paramref name="count"/> runs after <paramref name="warmUps"/> calls that do not count.</summary>
    public static Samples PerCall(int count, int calls, int warmUps, Action work)
    {
        for (var i = 0; i < warmUps; i++)
        {
            work();
        }
        return new(Enumerable.Range(0, count).Select(_ => Time(() =>
        {
            for (var call = 0; call < calls; call++)
            {
                work();
            }
        }) / calls));
    }
}
