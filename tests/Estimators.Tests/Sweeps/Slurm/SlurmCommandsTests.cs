using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>What goes to Slurm's commands, and what is read from them.</summary>
[TestFixture]
public class SlurmCommandsTests
{
    [Test]
    public void A_line_of_the_queue_is_read() =>
        Assert.That(SlurmCommands.Parse("17|3|PENDING|Resources|samed-0a|b"), Is.EqualTo(new SlurmTask("17", 3, "samed-0a|b", "PENDING", "Resources")));

    [TestCase("17|N/A|RUNNING|None|another job")]
    [TestCase("")]
    [TestCase("slurm_load_jobs error")]
    public void What_is_no_array_task_is_left_out(string line) => Assert.That(SlurmCommands.Parse(line), Is.Null);

    [TestCase("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", true)]
    [TestCase("slurm_load_jobs error: Socket timed out on send/recv operation", true)]
    [TestCase("sbatch: error: AssocMaxSubmitJobLimit", true)]
    [TestCase("sbatch: error: invalid partition specified: gpus", false)]
    [TestCase("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified", false)]
    public void Faults_that_pass_are_told_from_those_that_stay(string error, bool passes) =>
        Assert.That(SlurmCommands.IsPassing(new(1, "", error)), Is.EqualTo(passes));

    [TestCase("PENDING", "Resources", false, false)]
    [TestCase("PENDING", "launch failed requeued held", false, true)]
    [TestCase("RUNNING", "None", false, false)]
    [TestCase("COMPLETING", "None", false, false)]
    [TestCase("A_NEW_STATE", "None", false, false)]
    [TestCase("NODE_FAIL", "None", true, false)]
    [TestCase("CANCELLED", "None", true, false)]
    public void States_are_known(string state, string reason, bool over, bool stuck)
    {
        var task = new SlurmTask("1", 0, "name", state, reason);

        Assert.That((task.IsOver, task.IsStuck), Is.EqualTo((over, stuck)));
    }

    [Test]
    public void Options_become_words_for_sbatch()
    {
        var options = new SlurmOptions { Partition = "gpu", Gres = "gpu:a100:1", Account = "lab", Memory = "32G", CpusPerTask = 8, TimeLimit = TimeSpan.FromMinutes(90.2), ExtraArguments = ["--exclude=n1"] };

        Assert.That(options.Words(), Is.EqualTo(new[] { "--partition=gpu", "--account=lab", "--gres=gpu:a100:1", "--mem=32G", "--time=91", "--cpus-per-task=8", "--signal=B:TERM@120", "--exclude=n1" }));
        Assert.That((options with { TimeLimit = TimeSpan.FromMinutes(3) }).Words(), Has.None.StartsWith("--signal"));
    }

    [Test]
    public void Options_out_of_range_are_told_all_at_once()
    {
        var options = new SlurmOptions
        {
            Partition = "two words", CpusPerTask = 0, MaxRunning = 0, MaxQueued = 0, MaxAttempts = 0, TimeLimit = TimeSpan.Zero, PollMin = TimeSpan.FromSeconds(5), PollMax = TimeSpan.FromSeconds(1), ExtraArguments = ["--array=0-3"],
        };

        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("Partition").And.Message.Contains("CpusPerTask").And.Message.Contains("MaxRunning").And.Message.Contains("MaxQueued")
            .And.Message.Contains("MaxAttempts").And.Message.Contains("TimeLimit").And.Message.Contains("PollMax").And.Message.Contains("--array=0-3"));
    }

    [Test]
    public void Without_the_commands_of_slurm_the_error_says_what_to_do()
    {
        using var path = new Variable("PATH", "/nowhere");

        Assert.That(() => new SlurmCommands().PrepareAsync([], default), Throws.TypeOf<SlurmException>().With.Message.Contains("sbatch cannot be started").And.Message.Contains("login node"));
    }

    private sealed class Variable : IDisposable
    {
        private readonly string _name;
        private readonly string? _before;

        public Variable(string name, string value)
        {
            (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
            Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
    }
}
