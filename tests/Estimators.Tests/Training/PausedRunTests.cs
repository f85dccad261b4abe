using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>A run that stops after an epoch and goes on later leaves the same files, byte for byte, as one that was never stopped.</summary>
public class PausedRunTests
{
    private static readonly string[] s_compared = ["best.pth", "last.pth", "resume.safetensors", "losses.csv", "epochs.csv"];

    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    [Test]
    public void Stopped_after_each_epoch_is_the_run_that_was_never_stopped()
    {
        _ = _folder.Run("whole").Execute();
        var parts = _folder.Run("parts");

        var first = (parts with { UntilEpoch = 1 }).Execute().Result;
        var second = (parts with { UntilEpoch = 2, Resume = true }).Execute().Result;
        var last = (parts with { Resume = true }).Execute().Result;

        Assert.Multiple(() =>
        {
            Assert.That((first.Paused, first.Interrupted, first.Epochs, first.Steps), Is.EqualTo((true, false, 1, (long)TinyData.StepsPerEpoch)));
            Assert.That((second.Paused, second.Epochs), Is.EqualTo((true, 2)));
            Assert.That((last.Paused, last.Interrupted, last.Epochs), Is.EqualTo((false, false, 3)));
            foreach (var name in s_compared)
            {
                Assert.That(File.ReadAllBytes(_folder.File($"parts/{name}")).AsSpan().SequenceEqual(File.ReadAllBytes(_folder.File($"whole/{name}"))), name);
            }
        });
    }

    [Test]
    public void A_run_that_is_as_far_already_stays_as_it_is()
    {
        var options = _folder.Run("run");
        _ = (options with { UntilEpoch = 2 }).Execute();
        var before = File.ReadAllBytes(_folder.File("run/resume.safetensors"));

        var again = (options with { UntilEpoch = 1, Resume = true }).Execute().Result;

        Assert.That((again.Paused, again.Epochs), Is.EqualTo((true, 2)));
        Assert.That(File.ReadAllBytes(_folder.File("run/resume.safetensors")).AsSpan().SequenceEqual(before));
    }

    [Test]
    public void The_last_epoch_ends_the_run()
    {
        var result = (_folder.Run("run") with { UntilEpoch = 3 }).Execute().Result;

        Assert.That((result.Paused, result.Epochs), Is.EqualTo((false, 3)));
    }

    [TestCase(0)]
    [TestCase(4)]
    public void An_epoch_that_the_training_does_not_have_is_refused_before_anything_is_written(int epoch)
    {
        Assert.That(() => (_folder.Run("run") with { UntilEpoch = epoch }).Execute(), Throws.ArgumentException.With.Message.Contains($"UntilEpoch must be 1 to Epochs (3), got {epoch}"));
        Assert.That(Directory.Exists(_folder.File("run")), Is.False);
    }
}
