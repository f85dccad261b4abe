using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class SeedRunsTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    private TrainingRunOptions Options => _folder.Run("seeds") with { Training = TinyRun.Options with { Epochs = 6, Seed = 77 }, ValidationFraction = 0.4 };

    [Test]
    public void Each_seed_is_the_run_that_it_is_alone_on_the_split_of_the_options_own_seed()
    {
        var options = Options;

        var result = SeedRuns.Execute(options, [3, 4], new RecordingObserver());

        var split = (options with { Output = _folder.File("own"), Training = options.Training with { Epochs = 1 } }).Execute();
        var alone = (options with { Output = _folder.File("alone"), ValidationCases = split.ValidationCases, Training = options.Training with { Seed = 4 } }).Execute();
        Assert.Multiple(() =>
        {
            Assert.That(result.Runs.Select(run => (run.Seed, run.Folder)), Is.EqualTo(new[] { (3L, _folder.File("seeds/seed_3")), (4L, _folder.File("seeds/seed_4")) }));
            Assert.That(result.Runs.Select(run => run.Run.ValidationCases), Is.All.EqualTo(split.ValidationCases).And.All.Count.EqualTo(2));
            Assert.That(File.ReadAllBytes(_folder.File("seeds/seed_4/best.pth")), Is.EqualTo(File.ReadAllBytes(alone.BestPath)));
        });
    }

    [Test]
    public void The_summary_is_mean_and_interval_by_Students_t_over_the_runs_best_epochs()
    {
        // Long enough for all three to have learned something, each something else.
        var result = SeedRuns.Execute(Options with { Training = TinyRun.Options with { Epochs = 20, ScheduleEpochs = 20, ValidateEvery = 5 } }, [3, 4, 5], new RecordingObserver());

        var dice = result.Runs.Select(run => run.Run.Result.Best!.Value.Dice).ToArray();
        var mean = dice.Average();
        var reach = 4.302652729911275 * Math.Sqrt(dice.Sum(value => Math.Pow(value - mean, 2)) / 2) / Math.Sqrt(3);
        Assert.Multiple(() =>
        {
            Assert.That(dice.Distinct().Count(), Is.EqualTo(3), $"equal figures would prove nothing: {string.Join(", ", dice)}");
            Assert.That(result.Dice.Mean, Is.EqualTo(mean).Within(1e-12));
            Assert.That(result.Dice.CiLow, Is.EqualTo(mean - reach).Within(1e-9));
            Assert.That(result.Dice.CiHigh, Is.EqualTo(mean + reach).Within(1e-9));
            Assert.That(result.Classes, Is.EqualTo(new[] { "disc", "bar" }));
            Assert.That(result.PerClass.Select(summary => summary.N), Is.All.EqualTo(3));
            foreach (var run in result.Runs)
            {
                Assert.That(run.Run.Result.BestPerClass!.Average(), Is.EqualTo(run.Run.Result.Best!.Value.Dice).Within(1e-12), "every validation case has both classes");
                var row = File.ReadAllLines(Path.Combine(run.Folder, "epochs.csv"))[run.Run.Result.Best!.Value.Epoch].Split(',');
                Assert.That(row[4..].Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(run.Run.Result.BestPerClass).Within(1e-6));
            }
        });
    }

    [Test]
    public void Interrupted_and_resumed_leaves_what_an_uninterrupted_one_does_and_keeps_finished_seeds()
    {
        var whole = SeedRuns.Execute(Options with { Output = _folder.File("whole") }, [3, 4], new RecordingObserver());

        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver();
        // In the second seed, which is told by a note before it.
        observer.Progressed = progress =>
        {
            if (observer.Notes.Any(note => note.StartsWith("Seed 4", StringComparison.Ordinal)) && progress.Step == 3)
            {
                stop.Cancel();
            }
        };
        var stopped = SeedRuns.Execute(Options, [3, 4], observer, stop.Token);
        var finished = File.GetLastWriteTimeUtc(_folder.File("seeds/seed_3/best.pth"));
        var resumed = SeedRuns.Execute(Options with { Resume = true }, [3, 4], new RecordingObserver());

        Assert.Multiple(() =>
        {
            Assert.That((stopped.Interrupted, stopped.Runs.Count, resumed.Interrupted), Is.EqualTo((true, 2, false)));
            Assert.That(File.GetLastWriteTimeUtc(_folder.File("seeds/seed_3/best.pth")), Is.EqualTo(finished));
            Assert.That(resumed.Dice, Is.EqualTo(whole.Dice));
            Assert.That(resumed.PerClass, Is.EqualTo(whole.PerClass));
            Assert.That(File.ReadAllBytes(_folder.File("seeds/seed_4/last.pth")), Is.EqualTo(File.ReadAllBytes(_folder.File("whole/seed_4/last.pth"))));
        });
    }

    [Test]
    public void Without_cases_to_validate_on_there_is_nothing_to_compare()
    {
        Assert.That(() => SeedRuns.Execute(Options with { ValidationFraction = 0 }, [3, 4], new RecordingObserver()), Throws.ArgumentException.With.Message.Contains("--validation"));
        Assert.That(Directory.Exists(_folder.File("seeds")), Is.False);
    }

    [TestCase(1)]
    [TestCase(1, 1)]
    public void Seeds_must_be_two_or_more_and_different(params long[] seeds) =>
        Assert.That(() => SeedRuns.Execute(Options, seeds, new RecordingObserver()), Throws.ArgumentException.With.Message.Contains("two different seeds"));

    [Test]
    public void A_folder_that_holds_a_run_is_refused_before_any_training()
    {
        _ = (Options with { Output = _folder.File("seeds/seed_4"), Training = TinyRun.Options with { Epochs = 1 } }).Execute();

        Assert.That(() => SeedRuns.Execute(Options, [3, 4], new RecordingObserver()), Throws.TypeOf<RunFolderException>().With.Message.Contains("seed_4"));
        Assert.That(Directory.Exists(_folder.File("seeds/seed_3")), Is.False);
    }
}
