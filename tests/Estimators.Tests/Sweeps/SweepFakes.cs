using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>Proposes the ranks 1..count once each.</summary>
internal sealed class ListTuner(int count) : ITuner
{
    private int _next;

    public List<TrialResult> Heard { get; } = [];

    public Parameter? Propose(TrialSettings settings) => _next < count ? FakeTrials.Rank(++_next) : null;

    public void Update(TrialResult result) => Heard.Add(result);
}

/// <summary>All ranks for two epochs, then the best half of them for all: the smallest tuner that waits for a rung.</summary>
internal sealed class TwoRungTuner(int count) : ITuner
{
    private readonly Dictionary<Parameter, double> _first = [];
    private readonly Queue<Parameter> _second = [];
    private int _next;

    public Parameter? Propose(TrialSettings settings)
    {
        if (_next < count)
        {
            settings.UntilEpoch = 2;
            return FakeTrials.Rank(++_next);
        }
        return _second.TryDequeue(out var point) ? point : null;
    }

    public void Update(TrialResult result)
    {
        if (result.TrialSettings.UntilEpoch is null)
        {
            return;
        }
        _first[result.TrialSettings.Parameter] = result.Metric;
        if (_first.Count == count)
        {
            foreach (var (point, _) in _first.Where(pair => double.IsFinite(pair.Value)).OrderByDescending(pair => pair.Value).Take(count / 2))
            {
                _second.Enqueue(point);
            }
        }
    }
}

/// <summary>Trials that are functions of their rank and seed: Dice rises with the epochs.</summary>
internal static class FakeTrials
{
    public const int Epochs = 5;

    public static Parameter Rank(int rank) => new([new("rank", rank)]);

    public static TrialResult Of(TrialSettings settings)
    {
        var epochs = settings.UntilEpoch ?? Epochs;
        EpochDice[] curve = [.. Enumerable.Range(1, epochs).Select(epoch => new EpochDice(epoch, Dice(settings, epoch)))];
        return new()
        {
            TrialSettings = settings,
            Metric = curve[^1].Dice,
            DurationInMilliseconds = 100 * epochs,
            Epochs = epochs,
            BestEpoch = epochs,
            Curve = curve,
            TrainableParameters = 100 * (long)settings.Parameter["rank"],
            Scores = settings.UntilEpoch is null ? new(curve[^1].Dice - 0.1, 4.5, [new("liver", 0.9, 2.5)]) : null,
        };
    }

    private static double Dice(TrialSettings settings, int epoch)
    {
        var rank = (long)settings.Parameter["rank"];
        return ((rank * 37 % 101) / 200.0) + ((settings.Seed ?? 0) * 0.001) + (epoch * 0.01);
    }
}

/// <summary>A runner made of a function.</summary>
internal sealed class FakeRunner(Func<TrialSettings, CancellationToken, Task<TrialResult>> run, int parallel = 1) : ITrialRunner
{
    private int _under;

    public int MaxParallel => parallel;

    /// <summary>Most trials that were under way at once.</summary>
    public int Most { get; private set; }

    /// <summary>Trials that were begun, each time.</summary>
    public List<(int Trial, int? Until)> Begun { get; } = [];

    public async Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken)
    {
        lock (Begun)
        {
            Begun.Add((settings.TrialId, settings.UntilEpoch));
            Most = Math.Max(Most, ++_under);
        }
        try
        {
            return await run(settings, cancellationToken);
        }
        finally
        {
            lock (Begun)
            {
                _under--;
            }
        }
    }

    /// <summary>A runner that leaves <c>result.json</c> in the trials' folders as real ones do.</summary>
    public static FakeRunner Writing(string folder, int parallel = 1) => new((settings, _) =>
    {
        var result = FakeTrials.Of(settings);
        TrialResultFile.Write(SweepFolder.TrialFolderOf(folder, settings.TrialId), result);
        return Task.FromResult(result);
    }, parallel);

    public void Dispose()
    {
    }
}

/// <summary>Keeps what it hears, in words.</summary>
internal sealed class ListMonitor : IMonitor
{
    public List<string> Heard { get; } = [];

    public void ReportRunningTrial(TrialSettings settings) => Heard.Add($"running {settings.TrialId}");

    public void ReportProgress(TrialSettings settings, TrialProgress progress) => Heard.Add($"progress {settings.TrialId} {progress.Epoch}");

    public void ReportCompletedTrial(TrialResult result) => Heard.Add($"completed {result.TrialSettings.TrialId}");

    public void ReportBestTrial(TrialResult result) => Heard.Add($"best {result.TrialSettings.TrialId}");

    public void ReportFailTrial(TrialSettings settings, Exception exception) => Heard.Add($"failed {settings.TrialId} {exception.Message}");
}
