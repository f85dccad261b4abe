using System.Diagnostics;
using System.Text;

namespace SAMed.MLNet.Cli.Tests.Support;

/// <summary>The program as users run it: a process of its own, which gets real signals and limits. Linux only.</summary>
internal sealed class SamedProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Lock _lock = new();

    private SamedProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it; elsewhere than on Linux the test is skipped.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="maxFileBytes">Largest file that it may write, as if the disk were full then.</param>
    /// <param name="holdsInput">Whether its standard input stays open until <see cref="CloseInput"/>.</param>
    public static SamedProcess Start(string[] args, long? maxFileBytes = null, bool holdsInput = false)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Signals and file limits are tested on Linux only.");
        }
        // A parent may have left signals ignored.
        List<string> words = ["env", "--default-signal=INT,TERM,XFSZ", DotNet(), Path.Combine(AppContext.BaseDirectory, "samed.dll"), .. args];
        if (maxFileBytes is { } limit)
        {
            words = ["sh", "-c", $"ulimit -f {limit / 512}; exec \"$@\"", "sh", .. words];
        }
        var start = new ProcessStartInfo(words[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = holdsInput };
        foreach (var word in words.Skip(1))
        {
            start.ArgumentList.Add(word);
        }
        foreach (var (name, value) in new[] { ("OMP_NUM_THREADS", "1"), ("OMP_WAIT_POLICY", "PASSIVE"), ("DOTNET_EnableWriteXorExecute", "0") })
        {
            start.Environment[name] = value;
        }
        return new SamedProcess(start);
    }

    /// <summary>Waits until standard error holds <paramref name="text"/>.</summary>
    public void WaitFor(string text)
    {
        var clock = Stopwatch.StartNew();
        while (!Error().Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || clock.Elapsed > s_patience)
            {
                Assert.Fail($"'{text}' did not come: {Describe()}");
            }
            Thread.Sleep(5);
        }
    }

    /// <summary>Sends INT, TERM or KILL.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, $"{_process.Id}"]);
        kill.WaitForExit();
        Assert.That(kill.ExitCode, Is.Zero, "the process had ended before the signal: " + Describe());
    }

    /// <summary>What becomes of its standard input when the process that holds it ends.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits for the end.</summary>
    public CliRun End()
    {
        if (!_process.WaitForExit(s_patience))
        {
            Assert.Fail("It does not end: " + Describe());
        }
        _process.WaitForExit(); // For the streams.
        lock (_lock)
        {
            return new CliRun(_process.ExitCode, _output.ToString(), _error.ToString());
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private static string DotNet() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    private string Error()
    {
        lock (_lock)
        {
            return _error.ToString();
        }
    }

    private string Describe()
    {
        lock (_lock)
        {
            return $"\n--- output\n{_output}\n--- error\n{_error}";
        }
    }

    private void Add(StringBuilder to, string? line)
    {
        lock (_lock)
        {
            if (line is not null)
            {
                to.AppendLine(line);
            }
        }
    }
}
