using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Commands;

/// <summary>A command with examples in its help and an action inside the error boundary.</summary>
internal sealed class SamedCommand : Command
{
    public SamedCommand(string name, string description, params string[] examples)
        : base(name, description) => Examples = examples;

    /// <summary>Command lines shown at the end of the help, as they are typed.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Sets what the command does; <paramref name="action"/> returns the exit code.</summary>
    public SamedCommand Does(CliHost host, Func<CommandContext, int> action)
    {
        SetAction(parsed => ErrorBoundary.Guard(host, parsed.GetValue(CommonOptions.Verbose), () => action(new CommandContext(parsed, host))));
        return this;
    }
}
