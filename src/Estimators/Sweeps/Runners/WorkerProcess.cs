using System.Diagnostics;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One process of <c>samed trial</c>. It stops, as on SIGTERM, when its standard input closes: so it does not outlive this process, however that ends.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int KeptLines = 12;
    private readonly Process _process;
    private readonly Queue<string> _said = [];

    /// <summary>Starts it.</summary>
    public WorkerProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The last lines of its standard error.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join(' ', _said);
            }
        }
    }

    /// <summary>Waits for the end; on cancellation asks the worker to save, waits for that, and kills it only after <paramref name="saveTime"/>.</summary>
    /// <returns>The exit code; 128 and the signal where one ended it.</returns>
    public async Task<int> EndAsync(Action watch, TimeSpan saveTime, CancellationToken cancellationToken)
    {
        var end = _process.WaitForExitAsync(CancellationToken.None);
        using (cancellationToken.Register(Stop))
        {
            var killAt = DateTime.MaxValue;
            while (await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None)).ConfigureAwait(false) != end)
            {
                watch();
                killAt = cancellationToken.IsCancellationRequested && killAt == DateTime.MaxValue ? DateTime.UtcNow + saveTime : killAt;
                if (DateTime.UtcNow > killAt)
                {
                    _process.Kill(entireProcessTree: true);
                }
            }
        }
        await end.ConfigureAwait(false);
        watch();
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private void Stop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }
        lock (_said)
        {
            _said.Enqueue(line.Trim());
            if (_said.Count > KeptLines)
            {
                _said.Dequeue();
            }
        }
    }
}
