using System.Diagnostics;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>How long the samed program takes from its start to its end when it has almost nothing to do. Its files are in the disk cache.</summary>
internal static class StartSection
{
    private const double WantedHelp = 0.3, WantedDoctor = 1.5;

    public static void Run(BenchOptions options, Report report)
    {
        var samed = options.Samed ?? Built();
        var rounds = options.Repetitions ?? (options.Quick ? 3 : 9);
        var found = Rounds.Measure(rounds, 2, () => Start(samed, "--help"), () => Start(samed, "doctor"));
        report.Add("samed --help", found[0].ToString(), "", new(found[0].Median, RatioUnit.Seconds, WantedHelp, AtLeast: false));
        report.Add("samed doctor", found[1].ToString(), "", new(found[1].Median, RatioUnit.Seconds, WantedDoctor, AtLeast: false));
    }

    private static void Start(string samed, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo(samed, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Both streams at once: a program that fills one of them waits for its reader.
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'samed {argument}' ended with exit code {process.ExitCode}: {errors.Result}");
        }
    }

    /// <summary>The program that is built together with this one.</summary>
    private static string Built()
    {
        var name = OperatingSystem.IsWindows() ? "samed.exe" : "samed";
        var path = Path.Combine(Machine.SourceRoot() ?? ".", "src", "Cli", "bin", "Release", "net10.0", name);
        return File.Exists(path) ? path : throw new InvalidOperationException($"There is no {path}: build with -c Release, or name the program with --samed.");
    }
}
