using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Estimators.Tests.Training;

public sealed class TrainingDevicesTests
{
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [OneTimeTearDown]
    public void RemoveData() => _folder.Dispose();

    [TestCase("cpu", 1)]
    [TestCase("cpu,cpu,cpu", 3)]
    [TestCase("0,1", 2)]
    [TestCase("cuda:1, CUDA:0", 2)]
    public void Names_that_fit_the_batch_are_accepted(string names, int batchSize) =>
        Assert.That(() => Options(names, batchSize).Validate(), Throws.Nothing);

    [TestCase("", 4, "got ''")]
    [TestCase("0,gpu1", 4, "'gpu1'")]
    [TestCase("-1", 4, "'-1'")]
    [TestCase("0,cuda:0", 4, "cuda:0 twice")]
    [TestCase("cpu,0", 4, "all be GPUs or all be cpu")]
    [TestCase("0,1,2", 2, "at least the number of Devices (3)")]
    public void Others_are_refused_with_what_is_wrong(string names, int batchSize, string message) =>
        Assert.That(() => Options(names, batchSize).Validate(), Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void No_device_at_all_is_a_fault() =>
        Assert.That(() => new TrainingOptions { Devices = [] }.Validate(), Throws.ArgumentException.With.Message.Contains("got none"));

    [Test]
    public void A_gpu_that_is_not_there_is_told_before_anything_is_read() =>
        Assert.That(() => (Run("none", ["900", "901"]) with { Device = "auto" }).Execute(), Throws.TypeOf<DeviceNotAvailableException>().With.Message.Contains("cuda:900"));

    [Test]
    public void One_device_and_several_contradict_each_other() =>
        Assert.That(() => (Run("both", ["cpu", "cpu"]) with { Device = "cpu" }).Execute(), Throws.ArgumentException.With.Message.Contains("--devices"));

    [Test]
    public void A_run_on_two_devices_goes_on_bit_for_bit_and_records_them()
    {
        var whole = Run("whole", ["cpu", "cpu"]);
        _ = whole.Execute();
        var parts = whole with { Output = _folder.File("parts") };
        Assert.That(parts.Execute(progress => progress.Step == TinyData.StepsPerEpoch + 2).Result.Interrupted);

        var observer = new RecordingObserver();
        _ = (parts with { Resume = true }).Execute(observer: observer);

        foreach (var file in new[] { "best.pth", "last.pth", "resume.safetensors", "losses.csv", "epochs.csv" })
        {
            Assert.That(File.ReadAllBytes(_folder.File($"parts/{file}")), Is.EqualTo(File.ReadAllBytes(_folder.File($"whole/{file}"))), file);
        }
        Assert.That(observer.Warnings, Has.None.Contains("bit for bit"));
        Assert.That(File.ReadAllText(_folder.File("whole/run.json")), Does.Contain("\"device\": \"cpu,cpu\""));
    }

    [Test]
    public void A_run_may_go_on_with_another_number_of_devices()
    {
        var run = Run("other", ["cpu", "cpu"]);
        Assert.That(run.Execute(progress => progress.Step == 2).Result.Interrupted);

        var observer = new RecordingObserver();
        var resumed = (run with { Resume = true, Training = run.Training with { Devices = null } }).Execute(observer: observer);

        Assert.That(observer.Warnings, Has.Exactly(1).Contains("trained on cpu,cpu and goes on on cpu,").And.Exactly(1).Contains("bit for bit"));
        Assert.That((resumed.Result.Interrupted, resumed.Result.Steps), Is.EqualTo((false, run.Training.Epochs * (long)TinyData.StepsPerEpoch)));
    }

    private static TrainingOptions Options(string names, int batchSize) => new() { Devices = names.Split(','), BatchSize = batchSize };

    private TrainingRunOptions Run(string output, string[] devices) =>
        _folder.Run(output) with { Device = "auto", Training = TinyRun.Options with { Epochs = 2, Devices = devices } };
}
