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
    public static Dictionary<string, double> Probe(params string[] arguments)
    {
        string[] all = ["probe", .. arguments];
        var process = Start(all, redirect: true);
        var lines = process.StandardOutput.ReadToEnd().TrimEnd().Split('\n');
        Finish(process, all);
        return JsonSerializer.Deserialize<Dictionary<string, double>>(lines[^1])!;
    }

    /// <summary>Prints a probe's numbers for <see cref="Probe"/>.</summary>
    public static void Answer(Dictionary<string, double> numbers) => Console.WriteLine(JsonSerializer.Serialize(numbers));

    private static Process Start(string[] arguments, bool redirect)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = redirect };
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
                throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with exit code {process.ExitCode}.");
            }
        }
    }
}
