using System.Reflection;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Hosting;

/// <summary>The one place where exceptions become a message and an exit code.</summary>
internal static class ErrorBoundary
{
    /// <summary>Runs <paramref name="action"/>; prints what went wrong, with the stack trace only when <paramref name="verbose"/>.</summary>
    public static int Guard(CliHost host, bool verbose, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested)
        {
            host.Error.WriteLine("samed: stopped.");
            return host.ExitCodeOnCancel;
        }
        // The boundary of the program: whatever arrives here is reported, and nothing goes on after it.
        catch (Exception exception)
        {
            return Unwrap(exception).Select(cause => Report(host, verbose, cause)).Max();
        }
    }

    private static int Report(CliHost host, bool verbose, Exception exception)
    {
        if (verbose)
        {
            host.Error.WriteLine(exception.ToString());
        }
        if (exception is UsageException)
        {
            host.Error.WriteLine(PlainText.Escape($"samed: {MessageOf(exception)}"));
            return ExitCodes.Usage;
        }
        if (IsExpected(exception))
        {
            host.Error.WriteLine(PlainText.Escape($"samed: {MessageOf(exception)}"));
        }
        else
        {
            host.Error.WriteLine($"samed: internal error: {exception.GetType().Name}: {exception.Message}");
            if (!verbose)
            {
                host.Error.WriteLine("Run again with --verbose for the stack trace.");
            }
        }
        return ExitCodes.Failed;
    }

    // The name of a method's parameter means nothing to who typed a command.
    private static string MessageOf(Exception exception) => exception is ArgumentException { ParamName: { } name }
        ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : exception.Message;

    // Faults of the input, the options or the machine explain themselves. Own exception types count as such: they are written to be read.
    private static bool IsExpected(Exception exception) =>
        exception is CommandFailedException or VolumeFormatException or IOException or UnauthorizedAccessException or InvalidDataException
            or FormatException or ArgumentException or NotSupportedException
        || exception.GetType().Assembly.GetName().Name!.StartsWith("SAMed.MLNet.", StringComparison.Ordinal);

    // Work done in parallel may fail in several places: each is told.
    private static IEnumerable<Exception> Unwrap(Exception exception) => exception switch
    {
        AggregateException aggregate => aggregate.Flatten().InnerExceptions.SelectMany(Unwrap),
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        _ => [exception],
    };
}
