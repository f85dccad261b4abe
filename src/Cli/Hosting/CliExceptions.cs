namespace SAMed.MLNet.Cli.Hosting;

/// <summary>The command cannot be done; the message says what, where and what to do. Exit code 1.</summary>
internal sealed class CommandFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The options contradict each other or the given files; the message says which and what to write instead. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
