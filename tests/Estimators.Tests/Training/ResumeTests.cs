using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>A run that was stopped and continued leaves the same files, byte for byte, as one that was not.</summary>
public class ResumeTests
{
    private const int LastStep = 3 * TinyData.StepsPerEpoch;

    private static readonly string[] Compared = ["best.pth", "last.pth", "resume.safetensors", "losses.csv", "epochs.csv"];

    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [OneTimeTearDown]
    public void RemoveData() => _folder.Dispose();

    [TestCase(OptimizerKind.AdamW, true, false)]
    [TestCase(OptimizerKind.AdamW, false, true)]
    [TestCase(OptimizerKind.Sgd, true, true)]
    [TestCase(OptimizerKind.Sgd, false, false)]
    public void Interrupted_anywhere_and_resumed_is_the_uninterrupted_run(OptimizerKind optimizer, bool trainEncoder, bool fromSamFile)
    {
        var options = _folder.Run("whole") with
        {
            Training = TinyRun.Options with { Optimizer = optimizer, KeepEvery = 2 },
            Lora = new LoraOptions { Rank = 2, TrainEncoder = trainEncoder },
            SamFile = fromSamFile ? SamFile() : null,
        };
        Clear("whole");
        Assert.That(options.Execute().Result.Interrupted, Is.False);

        // In the middle of an epoch, at its end (where validation is cancelled), right after a validation, and before the very last step.
        foreach (var (name, stop) in new (string, Func<TrainingProgress, bool>)[]
        {
            ("after the first step", progress => progress.Step == 1),
            ("in the middle", progress => progress.Step == TinyData.StepsPerEpoch + 2),
            ("at the end of an epoch, so while validating", progress => progress.Step == TinyData.StepsPerEpoch && progress.ValidationDice is null),
            ("right after a validation", progress => progress.Step == TinyData.StepsPerEpoch && progress.ValidationDice is not null),
            ("after the last step", progress => progress.Step == LastStep && progress.ValidationDice is null),
        })
        {
            Clear("parts");
            var parts = options with { Output = _folder.File("parts") };
            Assert.That(parts.Execute(stop).Result.Interrupted, name);
            Assert.That((parts with { Resume = true }).Execute().Result.Interrupted, Is.False, name);
            AssertSameFiles("whole", "parts", name);
        }
    }

    [Test]
    public void Interrupted_after_every_single_step_is_the_uninterrupted_run()
    {
        Clear("whole");
        Clear("parts");
        _ = _folder.Run("whole").Execute();

        var rounds = 0;
        while ((_folder.Run("parts") with { Resume = true }).Execute(_ => true).Result.Interrupted)
        {
            rounds++;
            Assert.That(rounds, Is.LessThan(100));
        }

        Assert.That(rounds, Is.GreaterThanOrEqualTo(LastStep - 1));
        AssertSameFiles("whole", "parts", "every step");
    }

    [TestCase(2, Description = "killed in the second epoch")]
    [TestCase(TinyData.StepsPerEpoch, Description = "killed while validating")]
    public void A_killed_run_goes_on_from_its_last_saved_state(int stepsAfterSave)
    {
        Clear("whole");
        Clear("killed");
        // The folder as it is on disk in that moment is what a killed process leaves: the state of the first epoch, tables that are not flushed.
        _ = _folder.Run("whole").Execute(progress =>
        {
            if (progress.Step == TinyData.StepsPerEpoch + stepsAfterSave && progress.ValidationDice is null)
            {
                Copy("whole", "killed");
            }
            return false;
        });

        _ = (_folder.Run("killed") with { Resume = true }).Execute();

        AssertSameFiles("whole", "killed", "killed");
    }

    [Test]
    public void Rows_written_after_the_saved_state_are_cut_off_also_half_ones()
    {
        Clear("whole");
        Clear("crashed");
        _ = _folder.Run("whole").Execute();
        const int saved = TinyData.StepsPerEpoch + 4;
        _ = _folder.Run("crashed").Execute(progress => progress.Step == saved);
        var rows = File.ReadAllLines(_folder.File("whole/losses.csv"));
        Assert.That(File.ReadAllLines(_folder.File("crashed/losses.csv")), Has.Length.EqualTo(saved + 1));
        // A buffer went to disk in the middle of a row: "11,2,0.5…" ends after its first digit, and looks like step 1.
        File.AppendAllText(_folder.File("crashed/losses.csv"), rows[saved + 1] + "\n" + rows[saved + 1][..1]);
        File.AppendAllText(_folder.File("crashed/epochs.csv"), File.ReadAllLines(_folder.File("whole/epochs.csv"))[2] + "\n1");

        _ = (_folder.Run("crashed") with { Resume = true }).Execute();

        AssertSameFiles("whole", "crashed", "cut rows");
    }

    [Test]
    public void An_epoch_row_written_before_a_crash_is_not_doubled()
    {
        Clear("whole");
        Clear("crashed");
        _ = _folder.Run("whole").Execute();
        // Stopped while validating: the saved step is the epoch's last, and its row is still to be written. It was, and then the process was killed.
        _ = _folder.Run("crashed").Execute(progress => progress.Step == TinyData.StepsPerEpoch);
        File.AppendAllText(_folder.File("crashed/epochs.csv"), File.ReadAllLines(_folder.File("whole/epochs.csv"))[1] + "\n");

        _ = (_folder.Run("crashed") with { Resume = true }).Execute();

        AssertSameFiles("whole", "crashed", "epoch row");
    }

    [Test]
    public void Early_stopping_counts_on_after_a_resume()
    {
        Clear("whole");
        Clear("parts");
        // A learning rate of almost nothing cannot improve.
        var training = TinyRun.Options with { Epochs = 20, LearningRate = 1e-12, EarlyStoppingPatience = 3 };
        var whole = (_folder.Run("whole") with { Training = training }).Execute();
        var parts = _folder.Run("parts") with { Training = training, Resume = true };
        _ = parts.Execute(progress => progress.Step == TinyData.StepsPerEpoch + 1);
        _ = parts.Execute(progress => progress.Step == (2 * TinyData.StepsPerEpoch) + 1);

        var resumed = parts.Execute();

        Assert.That((whole.Result.StoppedEarly, whole.Result.Epochs), Is.EqualTo((true, 4)));
        Assert.That((resumed.Result.StoppedEarly, resumed.Result.Epochs, resumed.Result.Best), Is.EqualTo((true, 4, whole.Result.Best)));
        AssertSameFiles("whole", "parts", "early stopping");
    }

    [Test]
    public void A_finished_run_is_not_trained_further()
    {
        Clear("whole");
        var first = _folder.Run("whole").Execute();
        var before = File.ReadAllBytes(_folder.File("whole/best.pth"));

        var again = (_folder.Run("whole") with { Resume = true }).Execute();

        Assert.That((again.Result.Steps, again.Result.Best, again.Result.Interrupted), Is.EqualTo((first.Result.Steps, first.Result.Best, false)));
        Assert.That(File.ReadAllBytes(_folder.File("whole/best.pth")), Is.EqualTo(before));
    }

    [Test]
    public void Resuming_where_there_is_nothing_starts_and_says_so()
    {
        Clear("fresh");
        var observer = new RecordingObserver();

        var result = (_folder.Run("fresh") with { Resume = true, Training = TinyRun.Options with { Epochs = 1 } }).Execute(observer: observer);

        Assert.That(result.Result.Epochs, Is.EqualTo(1));
        Assert.That(observer.Notes.Concat(observer.Warnings), Has.Some.Contains("no run to continue"));
    }

    private string SamFile()
    {
        var path = _folder.File("base.safetensors");
        if (!File.Exists(path))
        {
            using var network = SamNetwork.Create(TinyRun.Model, new LoraOptions { Placement = LoraPlacement.None }, torch.CPU, seed: 77);
            SamCheckpoint.Save(network, path);
        }
        return path;
    }

    private void Clear(string name)
    {
        if (Directory.Exists(_folder.File(name)))
        {
            Directory.Delete(_folder.File(name), recursive: true);
        }
    }

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(_folder.File(to));
        // The claim on the folder is held, and no part of what a killed process leaves.
        foreach (var path in Directory.EnumerateFiles(_folder.File(from)).Where(path => Path.GetFileName(path) != ".lock"))
        {
            File.Copy(path, Path.Combine(_folder.File(to), Path.GetFileName(path)));
        }
    }

    private void AssertSameFiles(string expected, string got, string when)
    {
        string[] Names(string folder) => [.. Directory.EnumerateFiles(_folder.File(folder)).Select(path => Path.GetFileName(path)!).Order()];
        Assert.That(Names(got), Is.EqualTo(Names(expected)), when);
        foreach (var name in Compared.Concat(Names(expected).Where(name => name.StartsWith("epoch_", StringComparison.Ordinal))))
        {
            Assert.That(File.ReadAllBytes(Path.Combine(_folder.File(got), name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(_folder.File(expected), name))),
                $"{name} of the run stopped {when}");
        }
    }
}
