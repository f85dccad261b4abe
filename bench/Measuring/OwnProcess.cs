using System.Diagnostics;
using System.Text.Json;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Runs a part of a benchmark in a process of its own, whose peak of memory is then its alone.</summary>
internal static class OwnProcess
{
    /// <summary>Runs this program with <paramref name="arguments"/>; what it prints is printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(params string[] arguments) => Finish(Start(arguments, redirect: false), arguments);

    /// <summary>Runs the probe that the first argument names; its last line holds the numbers that it found, by name.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static Dictionary<string, double> Probe(params string[] arguments) => TryProbe(arguments, out var exitCode) ?? throw Failed(["probe", .. arguments], exitCode);

    /// <summary>As <see cref="Probe"/>; null when the process failed, was killed too.</summary>
    public static Dictionary<string, double>? TryProbe(string[] arguments, out int exitCode)
    {
        using var process = Start(["probe", .. arguments], redirect: true);
        var lines = process.StandardOutput.ReadToEnd().TrimEnd().Split('\n');
        process.WaitForExit();
        exitCode = process.ExitCode;
        return exitCode == 0 ? JsonSerializer.Deserialize<Dictionary<string, double>>(lines[^1])! : null;
    }

    /// <summary>Prints a probe's numbers for <see cref="Probe"/>.</summary>
    public static void Answer(Dictionary<string, double> numbers) => Console.WriteLine(JsonSerializer.Serialize(numbers));

    private static Process Start(string[] arguments, bool redirect)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = redirect };
        // CUDA numbers GPUs in the order of nvidia-smi then, which is asked for their memory.
        start.Environment.TryAdd("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        // Started as "dotnet bench.dll", the program is the first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        Console.Out.Flush();
        return Process.Start(start)!;
    }

    private static void Finish(Process process, string[] arguments)
    {
        using (process)
        {
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw Failed(arguments, process.ExitCode);
            }
        }
    }

    private static InvalidOperationException Failed(string[] arguments, int exitCode) => new($"'{string.Join(' ', arguments)}' ended with exit code {exitCode}.");
}
