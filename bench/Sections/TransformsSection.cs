using System.Diagnostics;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>What one slice costs on its way to the network at the published sizes, 512 to 224 and back, and a training sample from 224 to 512: on one thread, and how far threads help.</summary>
internal static class TransformsSection
{
    private const int ImageSize = 512, InputSize = 224, LowResSize = ImageSize / 4, FedWorkers = 8;

    // scipy on one core, seconds a slice.
    private const double ReferenceResize = 0.019, ReferenceSample = 0.025, WantedTimes = 10, WantedRate = 500;

    // The runtime compiles what runs often again, in the background: the first second does not count.
    private const int WarmUps = 1000, Calls = 20, Attempts = 3;

    public static void Run(BenchOptions options, Report report)
    {
        var work = new SliceWork();
        var runs = options.Repetitions ?? (options.Quick ? 10 : 30);
        var resize = Rounds.PerCall(runs, Calls, WarmUps, work.Resize);
        report.Add($"{ImageSize} to {InputSize} to {ImageSize}, cubic, one thread", resize.ToString(), $"scipy: {Numbers.Seconds(ReferenceResize)}", Times(ReferenceResize, resize.Median));
        foreach (var (how, augmentation) in new[] { ("turned and flipped", Augmentation.RotatedFlipped(1, 0)), ("rotated by 13°", Augmentation.Rotated(13)) })
        {
            var sample = Rounds.PerCall(runs, Calls, WarmUps, () => work.Sample(augmentation));
            report.Add($"training sample {InputSize} to {ImageSize}, {how}, one thread", sample.ToString(), $"scipy: {Numbers.Seconds(ReferenceSample)}", Times(ReferenceSample, sample.Median));
        }
        ReportFeeding(report, "slices to predict", options.Quick, () => new SliceWork().Resize);
        ReportFeeding(report, "training samples", options.Quick, () => DrawnSamples());
    }

    private static Goal Times(double reference, double seconds) => new(reference / seconds, RatioUnit.Times, WantedTimes);

    private static Action DrawnSamples()
    {
        var (work, number) = (new SliceWork(), 0);
        return () =>
        {
            var random = new SampleRandom(1, 0, number++);
            work.Sample(Augmentation.Draw(ref random));
        };
    }

    /// <summary>Slices per second with one worker and with as many as there are cores, and, by Amdahl's law through both, with eight workers on eight cores.</summary>
    private static void ReportFeeding(Report report, string what, bool isQuick, Func<Action> worker)
    {
        List<WorkerScaling> found = [];
        while (found.Count < Attempts && !found.Any(points => points.MakesSense))
        {
            found.Add(Feed(isQuick ? 0.5 : 1.5, worker));
            if (found[^1] is { MakesSense: false } odd)
            {
                report.Add($"{what}, workers, attempt {found.Count}", odd.ToString(), "makes no sense: between once and as many times as there are workers were to be expected");
            }
        }
        Project(report, what, found);
    }

    private static void Project(Report report, string what, List<WorkerScaling> found)
    {
        var best = WorkerScaling.Best(found);
        var projected = best.RateOf(FedWorkers);
        report.Add($"{what}, workers", best.ToString());
        var how = best.MakesSense ? Numbers.Text($"{best.Serial * 100:F1} % of the work not side by side") : Numbers.Text($"not judged: the points made no sense in any of {found.Count} attempts");
        report.Add(Numbers.Text($"{what}, {FedWorkers} workers on {FedWorkers} cores, projected"), Numbers.Text($"{projected:N0}/s, {how}"),
            Numbers.Text($"a GPU that takes {WantedRate:N0}/s"), new(projected, RatioUnit.PerSecond, best.MakesSense ? WantedRate : null));
    }

    /// <summary>One worker and as many as there are cores, in turn.</summary>
    private static WorkerScaling Feed(double seconds, Func<Action> worker)
    {
        var threads = Environment.ProcessorCount;
        List<double> one = [], all = [];
        for (var round = -1; round < 3; round++)
        {
            var (alone, together) = (RateOf(1, seconds, worker), RateOf(threads, seconds, worker));
            if (round >= 0)
            {
                one.Add(alone);
                all.Add(together);
            }
        }
        return new(threads, new Samples(one).Median, new Samples(all).Median);
    }

    private static double RateOf(int threads, double seconds, Func<Action> worker)
    {
        var done = new int[threads];
        var workers = Enumerable.Range(0, threads).Select(_ => worker()).ToArray();
        var clock = Stopwatch.StartNew();
        Task.WaitAll([.. workers.Select((work, i) => Task.Factory.StartNew(() =>
        {
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                work();
                done[i]++;
            }
        }, TaskCreationOptions.LongRunning))]);
        return done.Sum() / clock.Elapsed.TotalSeconds;
    }

    /// <summary>One worker's slice and buffers.</summary>
    private sealed class SliceWork
    {
        private readonly float[] _slice, _stored = new float[InputSize * InputSize], _input = new float[ImageSize * ImageSize];
        private readonly byte[] _label = [.. Enumerable.Range(0, InputSize * InputSize).Select(place => (byte)(place / InputSize / 28))];

        public SliceWork()
        {
            var random = new Random(1);
            _slice = [.. Enumerable.Range(0, ImageSize * ImageSize).Select(_ => random.NextSingle())];
            Resize();
        }

        public void Resize()
        {
            SplineResize.Resize(_slice, ImageSize, ImageSize, _stored, InputSize, InputSize, SplineOrder.Cubic, ZoomEdge.Paper);
            SplineResize.Resize(_stored, InputSize, InputSize, _input, ImageSize, ImageSize, SplineOrder.Cubic, ZoomEdge.Paper);
        }

        public void Sample(Augmentation augmentation) => TrainingSample.Create(_stored, _label, InputSize, InputSize, augmentation, ImageSize, LowResSize, ZoomEdge.Paper);
    }
}
