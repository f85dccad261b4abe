using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>A thousand trials on two hundred workers that die at random, and a driver that dies too.</summary>
internal sealed class SweepSimulationTests
{
    private const int Trials = 1000, Workers = 200, Attempts = 20;

    [Test]
    public async Task A_thousand_trials_on_two_hundred_dying_workers_are_all_done_and_each_counts_once()
    {
        using var folder = new TempFolder();
        var (deaths, ends) = (0, 0);
        // Whether an attempt dies depends on the trial and the attempt alone, so every run of this test has the same deaths.
        using var runner = new FakeRunner(async (settings, _) =>
        {
            var fate = new Random(settings.TrialId);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                await Task.Yield();
                if (fate.NextDouble() >= 0.3)
                {
                    Interlocked.Increment(ref ends);
                    return FakeTrials.Of(settings);
                }
                Interlocked.Increment(ref deaths);
            }
            throw new TrialFailedException("its worker died too often");
        }, Workers);
        using var record = SweepFolder.Open(folder.Path, SweepDefinition.Of(new { sweep = "simulation" }), resume: false);

        var outcome = await new SweepEngine(new ListTuner(Trials / 2), runner, new() { Seeds = [1, 2], Record = record }).RunAsync();

        var completed = SweepJournal.Read(folder.File(SweepJournal.FileName)).Where(entry => entry.Event == SweepEventKind.TrialCompleted).Select(entry => entry.Trial!.Value);
        Assert.Multiple(() =>
        {
            Assert.That(deaths, Is.GreaterThan(Trials / 4), "the simulation must have deaths");
            Assert.That(ends, Is.EqualTo(Trials));
            Assert.That(outcome.Results.Select(result => result.TrialSettings.TrialId), Is.EqualTo(Enumerable.Range(0, Trials)));
            Assert.That(completed, Is.EquivalentTo(Enumerable.Range(0, Trials)));
            Assert.That(File.ReadLines(folder.File("trials.csv")).Count(), Is.EqualTo(Trials + 1));
            Assert.That(outcome.Summary.Candidates.Sum(candidate => candidate.Done), Is.EqualTo(Trials));
            Assert.That(runner.Most, Is.LessThanOrEqualTo(Workers));
        });
    }

    [Test]
    public async Task A_driver_that_dies_at_any_event_is_resumed_to_the_same_summary_without_doing_a_finished_trial_again()
    {
        using var whole = new TempFolder();
        using var usual = FakeRunner.Writing(whole.Path);
        var expected = await Run(whole.Path, usual, record => record);
        var events = SweepJournal.Read(whole.File(SweepJournal.FileName)).Count;
        for (var deadAt = 1; deadAt < events; deadAt++)
        {
            using var folder = new TempFolder();
            using var runner = FakeRunner.Writing(folder.Path);
            Assert.That(() => Run(folder.Path, runner, record => new DyingRecord(record, deadAt)), Throws.InstanceOf<DriverDied>(), $"event {deadAt}");

            var resumed = await Run(folder.Path, runner, record => record);

            Assert.That(resumed.Summary.ToJson(), Is.EqualTo(expected.Summary.ToJson()), $"event {deadAt}");
            Assert.That(runner.Begun, Is.Unique, $"event {deadAt}");
        }
    }

    [Test]
    public async Task A_journal_cut_at_any_byte_is_readable_and_the_sweep_completes_with_the_same_summary()
    {
        using var whole = new TempFolder();
        using var usual = FakeRunner.Writing(whole.Path);
        var expected = await Run(whole.Path, usual, record => record);
        var journal = whole.File(SweepJournal.FileName);
        var bytes = await File.ReadAllBytesAsync(journal);
        var lines = SweepJournal.Read(journal);
        for (var length = 0; length < bytes.Length; length++)
        {
            await File.WriteAllBytesAsync(journal, bytes[..length]);
            Assert.That(SweepJournal.Read(journal), Has.Count.EqualTo(bytes[..length].Count(value => value == '\n')), $"cut at {length}");
        }
        // Resuming costs a sweep each time; every place within a line is alike, so the ends of lines and their neighbours are taken.
        foreach (var length in Enumerable.Range(0, bytes.Length).Where(at => at == 0 || bytes[at] == '\n' || bytes[at - 1] == '\n' || at % 97 == 0))
        {
            await File.WriteAllBytesAsync(journal, bytes[..length]);

            var resumed = await Run(whole.Path, usual, record => record);

            Assert.That(resumed.Summary.ToJson(), Is.EqualTo(expected.Summary.ToJson()), $"cut at {length}");
            Assert.That(SweepJournal.Read(journal).Where(entry => entry.Event == SweepEventKind.TrialCompleted).Select(entry => (entry.Trial, entry.UntilEpoch)),
                Is.EquivalentTo(lines.Where(entry => entry.Event == SweepEventKind.TrialCompleted).Select(entry => (entry.Trial, entry.UntilEpoch))), $"cut at {length}");
        }
        Assert.That(usual.Begun, Is.Unique, "nothing that was done is done again");
    }

    private static async Task<SweepOutcome> Run(string path, FakeRunner runner, Func<ISweepRecord, ISweepRecord> wrap)
    {
        using var folder = SweepFolder.Open(path, SweepDefinition.Of(new { ranks = 4 }), resume: true);
        return await new SweepEngine(new TwoRungTuner(4), runner, new() { Seeds = [1], Record = wrap(folder) }).RunAsync();
    }

    private sealed class DriverDied : Exception;

    /// <summary>Throws in place of taking down the n-th event; the folder's own first record is the first.</summary>
    private sealed class DyingRecord(ISweepRecord record, int at) : ISweepRecord
    {
        private int _events = 1;

        public TrialResult? Find(TrialSettings settings) => record.Find(settings);

        public void Write(SweepEvent entry)
        {
            if (_events++ == at)
            {
                throw new DriverDied();
            }
            record.Write(entry);
        }

        public void Save(IReadOnlyList<TrialRecord> trials, bool last) => record.Save(trials, last);
    }
}
