using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary><c>samed sweep</c> as it is typed, with a network that trains in milliseconds.</summary>
internal sealed class SweepCommandTests
{
    private TinyScene _scene = null!;

    [OneTimeSetUp]
    public void SetUp() => _scene = new TinyScene();

    [OneTimeTearDown]
    public void TearDown() => _scene.Dispose();

    private string[] Sweep(string output, params string[] more) => ["sweep", .. _scene.Train(output, more)[1..]];

    [Test]
    public void A_sweep_leaves_tables_plots_a_page_and_the_best_model_which_predicts()
    {
        var run = CliRun.Of(Sweep("whole", "--rank", "1,2", "--seeds", "5,6", "--json", _scene.File("figures.json")));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var summary = JsonDocument.Parse(File.ReadAllText(_scene.File("whole/summary.json")));
        var table = File.ReadAllLines(_scene.File("whole/trials.csv"));
        var page = File.ReadAllText(_scene.File("whole/sweep.html"));
        Assert.Multiple(() =>
        {
            Assert.That(summary.RootElement.GetProperty("candidates").EnumerateArray().Select(point => (point.GetProperty("parameter").GetProperty("rank").GetInt32(), point.GetProperty("done").GetInt32())),
                Is.EqualTo(new[] { (1, 2), (2, 2) }));
            Assert.That(table, Has.Length.EqualTo(5));
            Assert.That(table.Skip(1).Select(line => line.Split(',')[4]), Is.All.EqualTo("done"));
            Assert.That(SweepJournal.Read(_scene.File("whole/trials.jsonl")).Count(entry => entry.Event == SweepEventKind.TrialCompleted), Is.EqualTo(4));
            Assert.That(Directory.EnumerateFiles(_scene.File("whole/plots")).Select(Path.GetFileName), Is.SupersetOf(new[] { "dice-rank.png", "dice-rank.svg", "hd95-rank.svg", "dice-parameters.png", "dice-seconds.svg", "learning-curves.png" }));
            Assert.That(page, Does.Contain("<svg").And.Contain("rank=1").And.Not.Contain("src=").And.Not.Match("(href|url)[^>]{0,4}https?:"));
            Assert.That(run.Output, Does.Contain("95 % confidence interval").And.Contain("Predict:   samed predict --sam").And.Contain("best.pth").And.Contain("Best setting: rank="));
            Assert.That(page, Does.Contain("Best setting: rank="));
            Assert.That(File.Exists(_scene.File("whole/run.json")), Is.True);
            Assert.That(File.ReadAllText(_scene.File("figures.json")), Does.Contain("\"bestTrial\""));
        });
        var predicted = CliRun.Of("predict", "--input", _scene.NewImage, "--sam", _scene.Sam, "--lora", _scene.File("whole/best/best.pth"), "--output", _scene.File("labels.nii.gz"), "--device", "cpu");
        Assert.That(predicted.ExitCode, Is.Zero, predicted.ToString());
    }

    [Test]
    public void A_stopped_sweep_goes_on_to_the_figures_of_one_that_was_not_stopped_and_another_is_refused()
    {
        string[] more = ["--rank", "1,3", "--epochs", "3"];
        var expected = CliRun.Of(Sweep("unstopped", more));
        Assert.That(expected.ExitCode, Is.Zero, expected.ToString());

        var stopped = TinyScene.StopAt("epoch 2/3", Sweep("stopped", more));
        Assert.That(stopped.ExitCode, Is.EqualTo(ExitCodes.Interrupted), stopped.ToString());
        Assert.That(stopped.Output, Does.Contain("--resume"));
        var again = CliRun.Of(Sweep("stopped", more));
        Assert.That(again.ExitCode, Is.EqualTo(ExitCodes.Failed), again.ToString());
        Assert.That(again.Error, Does.Contain("holds a sweep already"));
        var other = CliRun.Of([.. Sweep("stopped", "--rank", "1,2", "--epochs", "3"), "--resume"]);
        Assert.That(other.ExitCode, Is.EqualTo(ExitCodes.Failed), other.ToString());
        Assert.That(other.Error, Does.Contain("holds another sweep").And.Contain("space: was"));

        var resumed = CliRun.Of([.. Sweep("stopped", more), "--resume"]);

        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        Assert.That(Metrics("stopped"), Is.EqualTo(Metrics("unstopped")));
        Assert.That(File.ReadAllBytes(_scene.File("stopped/best/best.pth")).AsSpan().SequenceEqual(File.ReadAllBytes(_scene.File("unstopped/best/best.pth"))), Is.True);
    }

    [Test]
    public void Halving_gives_the_best_points_all_epochs_with_the_weights_of_a_training_that_was_never_stopped()
    {
        var run = CliRun.Of(Sweep("halving", "--rank", "1,2,3", "--epochs", "3", "--tuner", "halving"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        string[][] rows = [.. File.ReadLines(_scene.File("halving/trials.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.That(rows.Count(row => row[4] == "done"), Is.EqualTo(1), run.ToString());
        Assert.That(rows.Count(row => row[4] == "paused"), Is.EqualTo(2), run.ToString());
        var winner = rows.Single(row => row[4] == "done");

        _scene.MustTrain("alone", "--rank", winner[2], "--epochs", "3");

        var folder = SweepFolder.TrialFolderOf(_scene.File("halving"), int.Parse(winner[0], System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(File.ReadAllBytes(Path.Combine(folder, "run", "resume.safetensors")).AsSpan().SequenceEqual(File.ReadAllBytes(_scene.File("alone/resume.safetensors"))), Is.True);
    }

    [Test]
    public void A_trial_that_fails_is_shown_with_its_error_and_does_not_stop_the_rest()
    {
        // A learning rate that no float32 holds.
        var run = CliRun.Of(Sweep("failing", "--lr", "1e39,0.01"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(run.Error, Does.Contain("trial 0").And.Contain("failed").And.Contain("overflow"));
            Assert.That(File.ReadAllLines(_scene.File("failing/trials.csv"))[1], Does.Contain("failed").And.Contain("overflow"));
            Assert.That(File.ReadAllText(_scene.File("failing/sweep.html")), Does.Contain("Failures").And.Contain("overflow"));
            Assert.That(File.Exists(_scene.File("failing/best/best.pth")), Is.True);
        });
    }

    [TestCase("There is nothing to sweep")]
    [TestCase("takes whole numbers separated by commas", "--rank", "1,x")]
    [TestCase("takes whole numbers separated by commas", "--rank", "")]
    [TestCase("takes whole numbers separated by commas", "--rank", "1,,2")]
    [TestCase("takes numbers separated by commas", "--lr", "1e-4..")]
    [TestCase("takes lists of encoder blocks", "--lora-layers", "0;")]
    [TestCase("--time takes a time", "--time", "2x", "--rank", "1,2")]
    [TestCase("--seeds takes one whole number or more", "--seeds", "1,1")]
    [TestCase("--gres is for --executor slurm", "--rank", "1,2", "--gres", "gpu:1")]
    [TestCase("are for --executor local", "--rank", "1,2", "--executor", "slurm", "--parallel", "2")]
    [TestCase("are for --tuner halving", "--rank", "1,2", "--eta", "2")]
    public void Wrong_options_are_a_usage_error_that_says_what_is_right(string message, params string[] more)
    {
        string[] words = more.Contains("--rank") ? [] : ["--rank"];
        var args = Sweep("wrong", more).ToList();
        foreach (var word in words)
        {
            var at = args.IndexOf(word);
            args.RemoveRange(at, 2); // The scene's own.
        }
        foreach (var option in new[] { "--batch-size", "--warmup", "--lr" }.Except(more))
        {
            args.RemoveRange(args.IndexOf(option), 2);
        }

        var run = CliRun.Of([.. args]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(Directory.Exists(_scene.File("wrong")), Is.False);
    }

    [TestCase("rank: expected at most 16", "--rank", "4,17")]
    [TestCase("the minimum must be below the maximum", "--lr", "0.1..0.01")]
    [TestCase("must be above 0", "--lr", "0..0.01:log")]
    [TestCase("2 times", "--rank", "4,4")]
    [TestCase("placement", "--placement", "encoder,sideways")]
    [TestCase("there are none", "--rank", "1,2", "--validation", "0")]
    [TestCase("there is no such SAM file", "--rank", "1,2", "--sam", "nowhere.pth")]
    [TestCase("there is no such LoRA file", "--rank", "1,2", "--lora", "nowhere.pth")]
    [TestCase("no case nobody", "--rank", "1,2", "--validation-cases", "nobody")]
    public void What_cannot_be_trained_is_told_before_any_trial(string message, params string[] more)
    {
        var run = CliRun.Of(Sweep("bad", more));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Failed), run.ToString());
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(Directory.Exists(_scene.File("bad")), Is.False);
    }

    [Test]
    public void Files_to_start_from_that_do_not_fit_are_told_before_any_trial()
    {
        _scene.MustTrain("start", "--epochs", "1");
        var lora = _scene.File("start/best.pth");

        var kind = CliRun.Of(Sweep("unfit", "--rank", "1,2", "--sam", lora));
        var rank = CliRun.Of(Sweep("unfit", "--rank", "1,2", "--lora", lora));
        var text = CliRun.Of(Sweep("unfit", "--rank", "1,2", "--sam", _scene.Model));

        Assert.Multiple(() =>
        {
            Assert.That(kind.ExitCode, Is.EqualTo(ExitCodes.Failed), kind.ToString());
            Assert.That(kind.Error, Does.Contain("expected a SAM checkpoint").And.Contain("LoRA file"));
            Assert.That(rank.ExitCode, Is.EqualTo(ExitCodes.Failed), rank.ToString());
            Assert.That(rank.Error, Does.Contain("rank: expected 2, that of").And.Contain("got 1."));
            Assert.That(text.ExitCode, Is.EqualTo(ExitCodes.Failed), text.ToString());
            Assert.That(text.Error, Does.Contain("model.json").And.Not.Contain("internal error"));
            Assert.That(Directory.Exists(_scene.File("unfit")), Is.False);
        });
    }

    [Test]
    public void A_sweep_is_not_resumed_on_changed_files_or_with_fewer_points_than_are_done()
    {
        string[] more = ["--rank", "1,2", "--epochs", "1"];
        var begun = CliRun.Of(Sweep("changed", more));
        Assert.That(begun.ExitCode, Is.Zero, begun.ToString());
        var label = _scene.File("data/labels/p1.nii.gz");
        var (before, start) = (File.ReadAllBytes(label), File.ReadAllBytes(_scene.Sam));

        var fewer = CliRun.Of([.. Sweep("changed", more), "--resume", "--trials", "1"]);
        _scene.Write("data/images/unused.nii.gz", "data/labels/p1.nii.gz", seed: 77);
        File.Delete(_scene.File("data/images/unused.nii.gz"));
        _scene.SaveBase("base.pth", seed: 6);
        var changed = CliRun.Of([.. Sweep("changed", more), "--resume"]);
        File.WriteAllBytes(label, before);
        File.WriteAllBytes(_scene.Sam, start);
        var same = CliRun.Of([.. Sweep("changed", more), "--resume", "--trials", "2"]);

        Assert.Multiple(() =>
        {
            Assert.That(fewer.ExitCode, Is.EqualTo(ExitCodes.Failed), fewer.ToString());
            Assert.That(fewer.Error, Does.Contain("2 points").And.Contain("--trials 2 or more"));
            Assert.That(changed.ExitCode, Is.EqualTo(ExitCodes.Failed), changed.ToString());
            Assert.That(changed.Error, Does.Contain("labels/p1.nii.gz has changed").And.Contain("base.pth has changed").And.Not.Contain("p2"));
            Assert.That(same.ExitCode, Is.Zero, same.ToString());
        });
    }

    [Test]
    public void Time_that_is_up_ends_the_sweep_and_what_was_done_is_reported()
    {
        var run = CliRun.Of(Sweep("short", "--rank", "1,2", "--epochs", "500", "--time", "2s"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("Time is up"));
        Assert.That(File.ReadAllText(_scene.File("short/trials.csv")), Does.Contain("interrupted"));
    }

    [Test]
    public void A_cluster_that_is_not_there_is_told_before_any_trial()
    {
        var before = Environment.GetEnvironmentVariable("SLURM_CONF");
        Environment.SetEnvironmentVariable("SLURM_CONF", _scene.File("no-slurm.conf"));
        try
        {
            var run = CliRun.Of(Sweep("cluster", "--rank", "1,2", "--executor", "slurm"));

            Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Failed), run.ToString());
            Assert.That(run.Error, Does.Contain("Slurm").And.Not.Contain("internal error"));
            Assert.That(Directory.Exists(_scene.File("cluster/trials")) && Directory.EnumerateFileSystemEntries(_scene.File("cluster/trials")).Any(), Is.False);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SLURM_CONF", before);
        }
    }

    private string[] Metrics(string output) => [.. File.ReadLines(_scene.File($"{output}/trials.csv")).Select(line => string.Join(',', line.Split(',').Where((_, column) => column != 12)))];
}
