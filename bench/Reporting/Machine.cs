using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;

namespace SAMed.MLNet.Bench.Reporting;

/// <summary>What a figure depends on besides the code: processor, memory, GPU, versions, and how busy the machine is.</summary>
internal static class Machine
{
    /// <summary>Name and value of every fact. Loads libtorch.</summary>
    public static IReadOnlyList<(string Name, string Value)> Facts(bool withGpu)
    {
        var libtorch = LibTorch.Load();
        List<(string, string)> facts =
        [
            ("commit", Commit()),
            ("processor", $"{ProcessorName()}, {Environment.ProcessorCount} cores, {libtorch.CpuCapability}, bfloat16 {(libtorch.SupportsBf16 ? "in hardware" : "emulated")}"),
            ("memory", Numbers.Bytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)),
            ("load before", Load()),
            ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            ("libtorch", $"{libtorch.Version}, TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, {libtorch.Threads} threads"),
        ];
        if (withGpu)
        {
            facts.Insert(2, ("GPU", Ask("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader") ?? "nvidia-smi says nothing"));
        }
        return facts;
    }

    /// <summary>The folder of the sources, found above the program; null when it stands elsewhere.</summary>
    public static string? SourceRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SAMed.MLNet.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName;
    }

    /// <summary>Processes that wanted a core, on average over the last minute.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "not known here";

    private static string Commit()
    {
        if (SourceRoot() is not { } root || Ask("git", "-C", root, "rev-parse", "--short", "HEAD") is not { } commit)
        {
            return "not known here";
        }
        return string.IsNullOrEmpty(Ask("git", "-C", root, "status", "--porcelain", "--untracked-files=no")) ? commit : commit + ", with changes";
    }

    private static string ProcessorName()
    {
        const string Info = "/proc/cpuinfo";
        var line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    /// <summary>What a program prints; null when it is not there or fails.</summary>
    public static string? Ask(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? text.Trim().Replace("\n", "; ", StringComparison.Ordinal) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Today, as results are named.</summary>
    public static string Today() => DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
