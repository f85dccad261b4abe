using System.Diagnostics;

namespace SAMed.MLNet.Samples.Tests.Support;

/// <summary>A program of <c>samples/</c> in a process of its own, from the folder that it is built to.</summary>
internal static class SampleProgram
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs it to its end and expects success.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static string MustRun(string name, params string[] args)
    {
        var run = Run(name, args, []);
        Assert.That(run.ExitCode, Is.Zero, $"{name} {string.Join(' ', args)}: {run}");
        return run.Output;
    }

    /// <summary>Runs it to its end, with further environment variables.</summary>
    public static (int ExitCode, string Output, string Error) Run(string name, string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(DotNet(), [DllOf(name), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in new[] { ("OMP_NUM_THREADS", "1"), ("OMP_WAIT_POLICY", "PASSIVE"), ("DOTNET_EnableWriteXorExecute", "0") }.Concat(environment))
        {
            start.Environment[variable] = value;
        }
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
            Assert.Fail($"{name} does not end:\n--- output\n{output.Result}\n--- error\n{error.Result}");
        }
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The sample that was built in the same configuration as these tests.</summary>
    private static string DllOf(string name)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(TestData.RepositoryRoot, "samples", name, "bin", framework.Parent!.Name, framework.Name, name + ".dll");
    }

    private static string DotNet() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
