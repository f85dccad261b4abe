using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using SAMed.MLNet.Cli.Commands;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli;

/// <summary>The program: its commands, and the way from arguments to an exit code.</summary>
internal static class SamedApp
{
    /// <summary>The version printed by <c>--version</c>.</summary>
    public static string Version { get; } = typeof(SamedApp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs one command line.</summary>
    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        var root = Build(host);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is not ParseErrorAction usage)
        {
            return parsed.Invoke(Streams(host.Output, host.Error));
        }
        usage.ShowHelp = args.Count == 0;
        usage.ShowTypoCorrections = true;
        _ = parsed.Invoke(Streams(host.Error, host.Error));
        host.Error.WriteLine($"Try '{PathOf(parsed)} --help'.");
        return ExitCodes.Usage;
    }

    private static InvocationConfiguration Streams(TextWriter output, TextWriter error) => new()
    {
        Output = output,
        Error = error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null, // The host handles signals: saving may take longer than any fixed time.
    };

    private static RootCommand Build(CliHost host)
    {
        var root = new RootCommand("Fine-tunes Segment Anything with LoRA for organ segmentation in CT, predicts and scores volumes.")
        {
            CommonOptions.Verbose,
            CommonOptions.LibTorch,
        };
        foreach (var command in AllCommands.Create(host))
        {
            root.Add(command);
        }
        foreach (var option in root.Options)
        {
            option.Action = option switch
            {
                HelpOption => new HelpWithExamples((HelpAction)option.Action!),
                VersionOption => new PrintVersion(),
                _ => option.Action,
            };
        }
        return root;
    }

    private static string PathOf(ParseResult parsed)
    {
        List<string> names = [];
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, result.Command is RootCommand ? "samed" : result.Command.Name);
        }
        return string.Join(' ', names);
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"samed {Version}");
            return ExitCodes.Ok;
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is SamedCommand { Examples.Count: > 0 } command)
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var example in command.Examples)
                {
                    output.WriteLine($"  {example}");
                }
                output.WriteLine();
            }
            return code;
        }
    }
}
