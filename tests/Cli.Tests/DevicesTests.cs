using System.Text.Json;
using SAMed.MLNet.Cli.Tests.Support;

namespace SAMed.MLNet.Cli.Tests;

/// <summary><c>samed train --devices</c> as it is typed.</summary>
internal sealed class DevicesTests
{
    [TestCase("0,x")]
    [TestCase("0,,1")]
    [TestCase("-1")]
    [TestCase("cpu,0")]
    [TestCase("0,cuda:0")]
    public void Wrong_devices_are_a_usage_error(string devices)
    {
        using var folder = new TempFolder();

        var run = CliRun.Of("train", "--data", folder.Path, "--output", folder.File("out"), "--devices", devices);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("--devices takes numbers of GPUs such as 0,1"));
    }

    [Test]
    public void One_device_and_several_cannot_be_given_together()
    {
        using var scene = new TinyScene();

        var run = CliRun.Of(scene.Train("run", "--devices", "cpu,cpu"));

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("--device").And.Contain("give one of the two"));
    }

    [Test]
    public void Two_copies_on_the_cpu_train_and_are_recorded()
    {
        using var scene = new TinyScene();

        scene.MustTrain("run", "--device", "auto", "--devices", "cpu,cpu");

        using var record = JsonDocument.Parse(File.ReadAllText(scene.File("run/run.json")));
        Assert.That(record.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu,cpu"));
        Assert.That(record.RootElement.GetProperty("training").GetProperty("devices").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(new[] { "cpu", "cpu" }));
        Assert.That(File.Exists(scene.File("run/best.pth")));
    }

    [TestCase("CPU, cpu")]
    [TestCase("cuda:900,cuda")]
    [TestCase("CUDA:900")]
    public void What_the_library_takes_the_command_takes(string devices)
    {
        using var scene = new TinyScene();

        var run = CliRun.Of(scene.Train("run", "--device", "auto", "--devices", devices));

        Assert.That(run.ExitCode, Is.EqualTo(devices.StartsWith("CPU", StringComparison.Ordinal) ? 0 : 1), run.ToString());
        Assert.That(run.Error, Does.Not.Contain("--devices takes"));
    }

    [Test]
    public void A_batch_that_is_smaller_than_the_number_of_devices_is_refused()
    {
        using var scene = new TinyScene();

        var run = CliRun.Of(scene.Train("run", "--device", "auto", "--devices", "cpu,cpu,cpu", "--batch-size", "2"));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("at least the number of Devices (3)"));
        Assert.That(Directory.Exists(scene.File("run")), Is.False);
    }
}
