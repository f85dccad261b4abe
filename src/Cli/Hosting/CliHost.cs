using System.Runtime.InteropServices;

namespace SAMed.MLNet.Cli.Hosting;

/// <summary>What surrounds one run of the program: where it writes, what it may draw, and who may stop it. Tests make their own.</summary>
internal sealed class CliHost : IDisposable
{
    // SIGXFSZ, which the framework has no name for: a file grew beyond the user's limit.
    private const PosixSignal LinuxFileSizeLimit = (PosixSignal)25;

    private readonly CancellationTokenSource _cancellation = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _exitCodeOnCancel = ExitCodes.Interrupted;
    private volatile bool _leavesCtrlC;

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether <see cref="Output"/> is a terminal that can be redrawn.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal that can be redrawn.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Reads an environment variable; null when it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Cancelled by the first SIGINT or SIGTERM. A second one ends the process at once, as the system does without a handler.</summary>
    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>The exit code that tells which signal cancelled the run: 130 or 143.</summary>
    public int ExitCodeOnCancel => _exitCodeOnCancel;

    /// <summary>The host of the real process: its streams and its signals.</summary>
    public static CliHost ForProcess()
    {
        var host = new CliHost
        {
            Output = Console.Out,
            Error = Console.Error,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
        };
        host._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => host.OnSignal(context, ExitCodes.Interrupted)));
        host._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => host.OnSignal(context, ExitCodes.Terminated)));
        if (OperatingSystem.IsLinux())
        {
            // Unhandled, this signal ends the process in the middle of a write. Handled, the write fails as on a full disk.
            host._signals.Add(PosixSignalRegistration.Create(LinuxFileSizeLimit, context => context.Cancel = true));
        }
        return host;
    }

    /// <summary>Asks the running command to save and leave with <paramref name="exitCode"/>.</summary>
    public void Cancel(int exitCode)
    {
        Volatile.Write(ref _exitCodeOnCancel, exitCode);
        _cancellation.Cancel();
    }

    /// <summary>Makes this process one that another one looks after: it stops when its standard input closes, which it does when that one ends, however it ends;
    /// and Ctrl+C, which a terminal sends to both, is left to that one.</summary>
    public void FollowParent()
    {
        _leavesCtrlC = true;
        new Thread(() =>
        {
            var buffer = new byte[256];
            using var input = Console.OpenStandardInput();
            while (input.Read(buffer) > 0)
            {
                // What it says does not matter.
            }
            Cancel(ExitCodes.Terminated);
        }) { IsBackground = true, Name = "parent" }.Start();
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
        _cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        if (_leavesCtrlC && context.Signal == PosixSignal.SIGINT)
        {
            context.Cancel = true;
            return;
        }
        if (_cancellation.IsCancellationRequested)
        {
            return; // The default action follows: the process ends.
        }
        context.Cancel = true;
        Cancel(exitCode);
    }
}
