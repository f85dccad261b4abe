using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary><see cref="SweepEngine"/> with trials that take no time.</summary>
internal sealed class SweepEngineTests
{
    private static FakeRunner Plain(int parallel = 1) => new((settings, _) => Task.FromResult(FakeTrials.Of(settings)), parallel);

    [Test]
    public async Task Each_point_becomes_a_trial_per_seed_numbered_by_point_and_seed()
    {
        using var runner = Plain();

        var outcome = await new SweepEngine(new ListTuner(3), runner, new() { Seeds = [7, 8] }).RunAsync();

        Assert.Multiple(() =>
        {
            Assert.That(outcome.End, Is.EqualTo(SweepEnd.Completed));
            Assert.That(outcome.Trials.Select(trial => (trial.Settings.TrialId, trial.Candidate, (long)trial.Settings.Parameter["rank"], trial.Settings.Seed)),
                Is.EqualTo(new (int, int, long, long?)[] { (0, 0, 1, 7), (1, 0, 1, 8), (2, 1, 2, 7), (3, 1, 2, 8), (4, 2, 3, 7), (5, 2, 3, 8) }));
            Assert.That(outcome.Trials.Select(trial => trial.State), Is.All.EqualTo(TrialState.Done));
        });
    }

    [Test]
    public async Task The_tuner_hears_the_mean_over_the_seeds_that_were_done_and_NaN_when_none_was()
    {
        var tuner = new ListTuner(2);
        using var runner = new FakeRunner((settings, _) => settings.TrialId is 1 or 2 or 3 ? throw new TrialFailedException("broken") : Task.FromResult(FakeTrials.Of(settings)));

        var outcome = await new SweepEngine(tuner, runner, new() { Seeds = [7, 8] }).RunAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tuner.Heard, Has.Count.EqualTo(2));
            Assert.That(tuner.Heard[0].Metric, Is.EqualTo(outcome.Trials[0].Result!.Metric));
            Assert.That(tuner.Heard[1].Metric, Is.NaN);
            Assert.That(outcome.Summary.Failures.Select(failure => (failure.Trial, failure.Error)), Is.EqualTo(new[] { (1, "broken"), (2, "broken"), (3, "broken") }));
            Assert.That(outcome.Best!.TrialSettings.TrialId, Is.Zero);
        });
    }

    [Test]
    public async Task Monitors_hear_of_each_trial_in_order()
    {
        var monitor = new ListMonitor();
        using var runner = new FakeRunner(async (settings, _) =>
        {
            settings.Progress!.Report(new(1, 5, null));
            await Task.Yield();
            return settings.TrialId == 1 ? throw new TrialFailedException("no") : FakeTrials.Of(settings);
        });

        await new SweepEngine(new ListTuner(3), runner, new() { Monitors = [monitor] }).RunAsync();

        // Rank 1 has 0.185 and rank 3 0.050 more than the epochs give.
        Assert.That(monitor.Heard, Is.EqualTo(new[]
        {
            "running 0", "progress 0 1", "completed 0", "best 0", "running 1", "progress 1 1", "failed 1 no", "running 2", "progress 2 1", "completed 2",
        }));
    }

    [Test]
    public async Task The_runner_is_kept_full_and_never_fuller()
    {
        var gate = new TaskCompletionSource();
        var begun = 0;
        using var runner = new FakeRunner(async (settings, _) =>
        {
            if (Interlocked.Increment(ref begun) == 4)
            {
                gate.SetResult(); // Comes only when four are under way at once.
            }
            await gate.Task;
            return FakeTrials.Of(settings);
        }, parallel: 4);

        await new SweepEngine(new ListTuner(10), runner, new()).RunAsync();

        Assert.That(runner.Most, Is.EqualTo(4));
    }

    [Test]
    public async Task The_best_half_of_a_rung_goes_on_under_its_own_numbers([Values(1, 3, 8)] int parallel)
    {
        using var runner = Plain(parallel);

        var outcome = await new SweepEngine(new TwoRungTuner(4), runner, new() { Seeds = [1, 2] }).RunAsync();

        // Ranks 1..4 have 37, 74, 10 and 47 points: 2 and 4 are the better half.
        Assert.Multiple(() =>
        {
            Assert.That(runner.Begun.Where(part => part.Until is null).Select(part => part.Trial), Is.EquivalentTo(new[] { 2, 3, 6, 7 }));
            Assert.That(outcome.Trials.Select(trial => trial.State), Is.EqualTo(new[]
            {
                TrialState.Paused, TrialState.Paused, TrialState.Done, TrialState.Done, TrialState.Paused, TrialState.Paused, TrialState.Done, TrialState.Done,
            }));
            Assert.That(outcome.Best!.TrialSettings.TrialId, Is.EqualTo(3));
            Assert.That(outcome.Summary.BestCandidate, Is.EqualTo(1));
            Assert.That(outcome.Summary.Candidates.Select(candidate => candidate.Complete), Is.EqualTo(new[] { false, true, false, true }));
        });
    }

    [Test]
    public async Task Points_over_the_limit_drop_out_and_a_tuner_that_waits_for_them_goes_on()
    {
        using var runner = Plain();

        var outcome = await new SweepEngine(new TwoRungTuner(6), runner, new() { MaxCandidates = 2 }).RunAsync();

        Assert.Multiple(() =>
        {
            Assert.That(outcome.Trials, Has.Count.EqualTo(2));
            Assert.That(outcome.Trials.Select(trial => trial.State), Is.All.EqualTo(TrialState.Done));
        });
    }

    [Test]
    public async Task A_tuner_that_repeats_itself_for_ever_ends_the_sweep()
    {
        using var runner = Plain();

        var outcome = await new SweepEngine(new Stuck(), runner, new()).RunAsync();

        Assert.That(outcome.Trials, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Time_that_is_up_stops_what_runs_and_starts_nothing()
    {
        using var runner = new FakeRunner(async (settings, cancellation) =>
        {
            await Task.Delay(settings.TrialId == 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, cancellation);
            return FakeTrials.Of(settings);
        });

        var outcome = await new SweepEngine(new ListTuner(3), runner, new() { TimeLimit = TimeSpan.FromMilliseconds(200) }).RunAsync();

        Assert.Multiple(() =>
        {
            Assert.That(outcome.End, Is.EqualTo(SweepEnd.TimeIsUp));
            Assert.That(outcome.Trials.Select(trial => trial.State), Is.EqualTo(new[] { TrialState.Done, TrialState.Interrupted }));
        });
    }

    [Test]
    public async Task A_cancellation_interrupts_and_one_that_comes_when_all_is_done_does_not()
    {
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        using var stopped = new FakeRunner((_, cancellation) =>
        {
            first.Cancel();
            return Task.FromCanceled<TrialResult>(cancellation);
        });
        using var done = new FakeRunner((settings, _) =>
        {
            second.Cancel();
            return Task.FromResult(FakeTrials.Of(settings));
        });

        Assert.That((await new SweepEngine(new ListTuner(3), stopped, new()).RunAsync(first.Token)).End, Is.EqualTo(SweepEnd.Interrupted));
        Assert.That((await new SweepEngine(new ListTuner(1), done, new()).RunAsync(second.Token)).End, Is.EqualTo(SweepEnd.Completed));
    }

    [Test]
    public void A_fault_that_is_not_the_trials_ends_the_sweep_after_the_others_have_stopped()
    {
        var stopped = false;
        var under = new TaskCompletionSource();
        using var runner = new FakeRunner(async (settings, cancellation) =>
        {
            if (settings.TrialId == 1)
            {
                await under.Task;
                throw new IOException("the disk is full");
            }
            under.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation).ContinueWith(_ => stopped = true, TaskScheduler.Default);
            throw new OperationCanceledException(cancellation);
        }, parallel: 2);

        Assert.That(() => new SweepEngine(new ListTuner(5), runner, new()).RunAsync(), Throws.InstanceOf<IOException>());
        Assert.That(stopped, Is.True);
    }

    [Test]
    public async Task Only_the_best_result_keeps_its_model()
    {
        List<Model> models = [];
        using var runner = new FakeRunner((settings, _) =>
        {
            models.Add(new());
            return Task.FromResult(FakeTrials.Of(settings) with { Model = models[^1] });
        });

        var outcome = await new SweepEngine(new ListTuner(3), runner, new()).RunAsync();

        // Rank 2 is the best.
        Assert.Multiple(() =>
        {
            Assert.That(models.Select(model => model.Disposed), Is.EqualTo(new[] { true, false, true }));
            Assert.That(outcome.Best!.Model, Is.SameAs(models[1]));
        });
    }

    [Test]
    public void Wrong_options_are_all_told()
    {
        var options = new SweepEngineOptions { Seeds = [1, 1], MaxCandidates = 0, TimeLimit = TimeSpan.Zero };

        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("Seeds").And.Message.Contains("MaxCandidates").And.Message.Contains("TimeLimit"));
    }

    private sealed class Stuck : ITuner
    {
        public Parameter? Propose(TrialSettings settings) => FakeTrials.Rank(1);

        public void Update(TrialResult result)
        {
        }
    }

    private sealed class Model : ITransformer, IDisposable
    {
        public bool Disposed { get; private set; }

        public bool IsRowToRowMapper => false;

        public void Dispose() => Disposed = true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;
    }
}
