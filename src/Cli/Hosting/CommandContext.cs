using System.CommandLine;
using System.Diagnostics;
using SAMed.MLNet.Cli.Output;

namespace SAMed.MLNet.Cli.Hosting;

/// <summary>What a command's action gets: its parsed options, the console, and the token that Ctrl+C and SIGTERM cancel.</summary>
internal sealed class CommandContext(ParseResult parsed, CliHost host)
{
    private CliConsole? _console;

    private readonly long _startTicks = Stopwatch.GetTimestamp();

    public ParseResult Parsed { get; } = parsed;

    /// <summary>When the command began.</summary>
    public DateTimeOffset Started { get; } = DateTimeOffset.Now;

    /// <summary>Time since then.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startTicks);

    public CliHost Host { get; } = host;

    public CliConsole Console => _console ??= new CliConsole(Host);

    public CancellationToken Cancellation => Host.Cancellation;

    /// <summary>The folder of the user's own libtorch, from <c>--libtorch</c>; null to look where SAMED_LIBTORCH points, then in the program's folder.</summary>
    public string? LibTorchFolder => Parsed.GetValue(CommonOptions.LibTorch);

    /// <summary>The value of an option that is required or has a default.</summary>
    public T Get<T>(Option<T> option) => Parsed.GetRequiredValue(option);

    /// <summary>The value of an option, or the type's default where it was not given.</summary>
    public T? Find<T>(Option<T> option) => Parsed.GetValue(option);

    /// <summary>The value of an argument.</summary>
    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);
}
