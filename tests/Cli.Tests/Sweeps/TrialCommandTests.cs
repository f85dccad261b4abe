using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Cli.Tests.Support;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary><c>samed trial</c> as runners start it.</summary>
[TestFixture]
public class TrialCommandTests
{
    private TinyScene _scene = null!;

    [SetUp]
    public void SetUp() => _scene = new TinyScene();

    [TearDown]
    public void TearDown() => _scene.Dispose();

    [Test]
    public void A_trial_leaves_its_result_and_is_done_once()
    {
        var command = TinySpec.Command(_scene, "trial", TinySpec.Of(_scene, id: 7), "--json", _scene.File("copy.json"));

        var run = CliRun.Of(command);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        var before = _scene.Files("trial");
        var again = CliRun.Of(command);
        Assert.That(again.ExitCode, Is.Zero, again.ToString());
        Assert.That(again.Output, Is.EqualTo(run.Output));
        Assert.That(_scene.Files("trial"), Is.EqualTo(before), "nothing is done again");
        using var result = JsonDocument.Parse(File.ReadAllText(_scene.File("trial/result.json")));
        using var copy = JsonDocument.Parse(File.ReadAllText(_scene.File("copy.json")));
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("Trial 7, 4 epochs: best validation Dice").And.Contain("mm").And.Contain("result.json"));
            Assert.That(run.Error, Does.Contain("epoch 4/4"));
            Assert.That(result.RootElement.GetProperty("trialId").GetInt32(), Is.EqualTo(7));
            Assert.That(result.RootElement.GetProperty("scores").GetProperty("perClass").GetArrayLength(), Is.EqualTo(8));
            Assert.That(copy.RootElement.GetProperty("metric").GetDouble(), Is.EqualTo(result.RootElement.GetProperty("metric").GetDouble()));
            Assert.That(copy.RootElement.GetProperty("parameter").GetProperty("rank").GetInt64(), Is.EqualTo(2));
            Assert.That(File.Exists(_scene.File("trial/run/best.pth")));
        });
    }

    [TestCase("TERM", ExitCodes.Terminated)]
    [TestCase("INT", ExitCodes.Interrupted)]
    [TestCase("KILL", 137)]
    public void A_trial_that_is_stopped_goes_on_to_the_same_result(string signal, int exitCode)
    {
        Assert.That(CliRun.Of(TinySpec.Command(_scene, "whole", TinySpec.Of(_scene, epochs: 24))).ExitCode, Is.Zero);
        var command = TinySpec.Command(_scene, "parts", TinySpec.Of(_scene, epochs: 24));
        using (var process = SamedProcess.Start(command))
        {
            process.WaitFor("epoch 3/24");
            process.Signal(signal);
            var stopped = process.End();
            Assert.That(stopped.ExitCode, Is.EqualTo(exitCode), stopped.ToString());
        }
        Assert.That(File.Exists(_scene.File("parts/result.json")) || File.Exists(_scene.File("parts/failure.json")), Is.False);

        using var rest = SamedProcess.Start(command);

        var run = rest.End();
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Not.Contain("epoch 1/24"));
        Assert.That(TinySpec.Weights(_scene.File("parts")).AsSpan().SequenceEqual(TinySpec.Weights(_scene.File("whole"))));
        Assert.That(TinySpec.Same(new TrialFolder(_scene.File("parts")).ReadResult(null)!), Is.EqualTo(TinySpec.Same(new TrialFolder(_scene.File("whole")).ReadResult(null)!)));
    }

    [Test]
    public void A_worker_leaves_Ctrl_C_to_who_started_it_and_stops_when_that_ends()
    {
        using var process = SamedProcess.Start(TinySpec.Command(_scene, "trial", TinySpec.Of(_scene, epochs: 400), "--worker"), holdsInput: true);
        process.WaitFor("epoch 1/400");
        process.Signal("INT");
        process.WaitFor("epoch 4/400");

        process.CloseInput();

        var run = process.End();
        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Terminated), run.ToString());
        Assert.That(File.ReadAllText(_scene.File("trial/log.txt")), Does.Contain("Stopped; the state is saved"));
    }

    [Test]
    public void A_trial_that_fails_ends_with_1_and_says_why()
    {
        var spec = TinySpec.Of(_scene);

        var run = CliRun.Of(TinySpec.Command(_scene, "trial", spec with { Run = spec.Run with { Data = _scene.File("nowhere") } }));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Failed), run.ToString());
        Assert.That(run.Error, Does.Contain("nowhere").And.Not.Contain("internal error"));
        Assert.That(new TrialFolder(_scene.File("trial")).ReadFailure(), Does.Contain("nowhere"));
        Assert.That(File.Exists(_scene.File("trial/result.json")), Is.False);
    }

    [Test]
    public void A_definition_that_is_none_ends_with_2_and_writes_nothing()
    {
        var command = TinySpec.Command(_scene, "trial", TinySpec.Of(_scene));
        var node = JsonNode.Parse(File.ReadAllText(command[1]))!;
        node["run"]!["lora"]!["rank"] = 17;
        node["surprise"] = true;
        File.WriteAllText(command[1], node.ToJsonString());

        var run = CliRun.Of(command);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(run.Error, Does.Contain(command[1]).And.Contain("surprise: expected no such field"));
        node.AsObject().Remove("surprise");
        File.WriteAllText(command[1], node.ToJsonString());
        Assert.That(CliRun.Of(command).Error, Does.Contain("run.lora.rank: expected at most 16, the width of the image encoder").And.Contain("got 17"));
        Assert.That(CliRun.Of("trial", _scene.File("none.json"), "--output", _scene.File("trial")).ExitCode, Is.EqualTo(ExitCodes.Usage));
        Assert.That(Directory.Exists(_scene.File("trial")), Is.False);
    }

    [Test]
    public void The_folder_of_another_trial_ends_with_2()
    {
        Assert.That(CliRun.Of(TinySpec.Command(_scene, "trial", TinySpec.Of(_scene))).ExitCode, Is.Zero);

        var run = CliRun.Of(TinySpec.Command(_scene, "trial", TinySpec.Of(_scene, id: 1)));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), run.ToString());
        Assert.That(run.Error, Does.Contain("trialId: expected 0, as there, got 1"));
    }

    [Test]
    public void A_trial_that_is_to_halve_its_batch_does_and_says_so()
    {
        var run = CliRun.Of(TinySpec.Command(_scene, "trial", TinySpec.Of(_scene), "--halve-batch"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Error, Does.Contain("batches of 2 instead of 4").And.Contain("half the batch"));
        Assert.That(new TrialFolder(_scene.File("trial")).ReadResult(null)!.HalvedBatch, Is.True);
    }
}
