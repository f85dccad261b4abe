using System.Diagnostics;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>The batch script under the system's own shell.</summary>
[TestFixture]
public class SlurmScriptTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Batch scripts are for the shell of a Unix.");
        }
        _folder = new();
    }

    [TearDown]
    public void TearDown() => _folder?.Dispose();

    [Test]
    public void A_task_runs_the_command_of_its_line_with_every_word_as_it_is()
    {
        string[] words = ["a b", "$HOME", "it's", "\"quoted\"", "back\\slash", "*", "100%", ""];
        using var task = Start(1, ["false"], ["sh", "-c", "for word; do echo \"<$word>\"; done; exit 7", "sh", .. words]);

        Assert.That(task.End(), Is.EqualTo(7));
        Assert.That(task.Output.Split('\n'), Is.SupersetOf(words.Select(word => $"<{word}>")));
        Assert.That(SlurmScript.ExitOf(Folder, 1), Is.EqualTo(7));
        Assert.That(SlurmScript.ExitOf(Folder, 0), Is.Null);
    }

    [Test]
    public void A_signal_goes_to_the_program_and_the_script_waits_until_it_has_saved()
    {
        using var task = Start(0, ["sh", "-c", "trap 'sleep 0.3; echo saved; exit 143' TERM; echo ready; while :; do sleep 0.05; done"]);
        task.WaitFor("ready");

        using (var kill = Process.Start("kill", ["-TERM", $"{task.Id}"]))
        {
            kill.WaitForExit();
        }

        Assert.That(task.End(), Is.EqualTo(143));
        Assert.That(task.Output, Does.Contain("saved"));
        Assert.That(SlurmScript.ExitOf(Folder, 0), Is.EqualTo(143));
    }

    [Test]
    public void A_program_that_is_killed_leaves_the_exit_code_of_that()
    {
        using var task = Start(0, ["sh", "-c", "kill -KILL $$"]);

        Assert.That(task.End(), Is.EqualTo(137));
        Assert.That(SlurmScript.ExitOf(Folder, 0), Is.EqualTo(137));
    }

    [Test]
    public void A_node_that_does_not_see_the_folder_says_so()
    {
        using var task = Start(3, ["true"]);

        Assert.That(task.End(), Is.EqualTo(127));
        Assert.That(task.Output, Does.Contain("shared with this node"));
    }

    [Test]
    public void A_path_with_a_line_break_is_refused() =>
        Assert.That(() => SlurmScript.List([["a\nb"]]), Throws.ArgumentException.With.Message.Contains("line break"));

    [Test]
    public void What_was_printed_last_is_found()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllLines(Path.Combine(Folder, "2.log"), Enumerable.Range(0, 2000).Select(line => $"line {line}"));

        Assert.That(SlurmScript.TailOf(Folder, 2), Is.EqualTo("line 1996 line 1997 line 1998 line 1999"));
        Assert.That(SlurmScript.TailOf(Folder, 3), Is.Empty);
    }

    private string Folder => _folder.File("it's 100% a folder");

    private ShellTask Start(int index, params string[][] commands)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "tasks.txt"), SlurmScript.List(commands));
        File.WriteAllText(Path.Combine(Folder, "job.sh"), SlurmScript.Of(Folder));
        return new(Path.Combine(Folder, "job.sh"), index);
    }

    private sealed class ShellTask : IDisposable
    {
        private readonly Process _process;
        private readonly System.Text.StringBuilder _output = new();

        public ShellTask(string script, int index)
        {
            var start = new ProcessStartInfo("sh", [script]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SLURM_ARRAY_TASK_ID"] = $"{index}";
            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => Add(line.Data);
            _process.ErrorDataReceived += (_, line) => Add(line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public int Id => _process.Id;

        public string Output
        {
            get
            {
                lock (_output)
                {
                    return _output.ToString();
                }
            }
        }

        public int End()
        {
            Assert.That(_process.WaitForExit(TimeSpan.FromSeconds(30)), "it does not end: " + Output);
            _process.WaitForExit();
            return _process.ExitCode;
        }

        public void WaitFor(string text)
        {
            for (var waited = 0; !Output.Contains(text, StringComparison.Ordinal); waited++)
            {
                Assert.That(waited, Is.LessThan(3000), Output);
                Thread.Sleep(10);
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
            _process.Dispose();
        }

        private void Add(string? line)
        {
            lock (_output)
            {
                _output.Append(line).Append('\n');
            }
        }
    }
}
