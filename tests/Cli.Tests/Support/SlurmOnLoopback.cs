using System.Diagnostics;

namespace SAMed.MLNet.Cli.Tests.Support;

/// <summary>A cluster of one node on this machine, from <c>tests/slurm/cluster.sh</c>. Until it is disposed, this process's Slurm commands talk to it.</summary>
internal sealed class SlurmOnLoopback : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable("SLURM_CONF");

    private SlurmOnLoopback()
    {
    }

    /// <summary>Starts it; where Slurm is not installed or does not start, the test is skipped with what the script said.</summary>
    public static SlurmOnLoopback Start()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("The cluster of these tests runs on Linux only.");
        }
        var cluster = new SlurmOnLoopback();
        var (code, said) = cluster.Script("start");
        if (code != 0)
        {
            cluster.Dispose();
            Assert.Ignore($"No Slurm cluster can be started here (exit code {code}): {said}");
        }
        Environment.SetEnvironmentVariable("SLURM_CONF", Path.Combine(cluster.Folder, "slurm.conf"));
        return cluster;
    }

    public string Folder => _folder.File("cluster");

    public void StopController() => Assert.That(Script("stop-controller").Code, Is.Zero);

    public void StartController() => Assert.That(Script("start-controller").Code, Is.Zero);

    /// <summary>What a command of Slurm prints.</summary>
    public static string Command(string program, params string[] words)
    {
        var (code, said) = Run(program, words);
        Assert.That(code, Is.Zero, $"{program} {string.Join(' ', words)}: {said}");
        return said;
    }

    /// <summary>Tasks in a state, as squeue names them: 12_3.</summary>
    public static string[] Tasks(string state) => Command("squeue", "--noheader", "--array", $"--states={state}", "--format=%F_%K").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Tasks that run, once it is as many as <paramref name="count"/>.</summary>
    public static string[] WaitForRunning(int count)
    {
        for (var clock = Stopwatch.StartNew(); ; Thread.Sleep(50))
        {
            if (Tasks("RUNNING") is var tasks && tasks.Length == count)
            {
                return tasks;
            }
            Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(60), $"Not {count} tasks run: {Command("squeue", "--array", "--states=all")}");
        }
    }

    public void Dispose()
    {
        Script("stop");
        Environment.SetEnvironmentVariable("SLURM_CONF", _before);
        _folder.Dispose();
    }

    private (int Code, string Said) Script(string what) => Run("bash", [Path.Combine(AppContext.BaseDirectory, "slurm", "cluster.sh"), what, Folder]);

    private static (int Code, string Said) Run(string program, IReadOnlyList<string> words)
    {
        // The daemons that the script leaves behind keep no pipe of it open: it sends what they print to files.
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error.Result);
    }
}
