using System.Diagnostics;

namespace SAMed.MLNet.Bench;

/// <summary>Runs a part of a benchmark in a process of its own, whose peak of memory is then its alone.</summary>
internal static class OwnProcess
{
    /// <summary>Runs this program with <paramref name="arguments"/>; what it prints is printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
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
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with exit code {process.ExitCode}.");
        }
    }
}
