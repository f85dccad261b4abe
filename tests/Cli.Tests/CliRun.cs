using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>One run of the program in this process, with its streams caught.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public static CliRun Of(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var host = new CliHost { Output = output, Error = error };
        return Of(host, args);
    }

    public static CliRun Of(CliHost host, params string[] args)
    {
        var code = SamedApp.Run(args, host);
        return new CliRun(code, host.Output.ToString()!, host.Error.ToString()!);
    }

    public override string ToString() => $"exit {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
