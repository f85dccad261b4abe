using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed doctor</c>: what this machine can do, and how to mend what it cannot.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliHost host)
    {
        var json = CommonOptions.Json();
        var command = new SamedCommand("doctor", "Shows which libtorch is found and what this machine can do with it; says how to mend what is missing.",
            "samed doctor",
            "samed doctor --libtorch ~/venv/lib/python3.12/site-packages/torch/lib --json doctor.json")
        {
            json,
        };
        return command.Does(host, context =>
        {
            ResultFile.EnsureWritable(context.Find(json));
            var report = Examine(context.LibTorchFolder);
            Print(report, context.Console);
            JsonFile.Write(context.Find(json), report);
            return report.Problem is null ? ExitCodes.Ok : ExitCodes.Failed;
        });
    }

    private static DoctorReport Examine(string? folder)
    {
        LibTorchInfo? libtorch = null;
        string? problem = null;
        try
        {
            libtorch = LibTorch.Load(folder);
        }
        catch (LibTorchLoadException exception)
        {
            problem = exception.Message;
        }
        return new DoctorReport(SamedApp.Version, RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, RuntimeInformation.RuntimeIdentifier,
            Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, libtorch, problem);
    }

    private static void Print(DoctorReport report, CliConsole console)
    {
        List<string[]> rows = [["samed", report.Samed], ["runtime", $"{report.Runtime}, {report.RuntimeIdentifier}"], ["system", report.System],
            ["processors", report.Processors.ToString(CultureInfo.InvariantCulture)],
            ["memory", string.Create(CultureInfo.InvariantCulture, $"{report.MemoryBytes / (double)(1L << 30):0.0} GiB")]];
        if (report.Libtorch is { } libtorch)
        {
            rows.AddRange([["libtorch", libtorch.Version], ["folder", libtorch.Folder], ["loaded as", libtorch.HowLoaded], ["binding", libtorch.BindingFile],
                ["devices", string.Join(", ", libtorch.Devices)], ["threads", libtorch.Threads.ToString(CultureInfo.InvariantCulture)],
                ["CPU kernels", libtorch.CpuCapability], ["bfloat16 in hardware", libtorch.SupportsBf16 ? "yes" : "no"]]);
        }
        var width = rows.Max(row => row[0].Length);
        foreach (var row in rows)
        {
            console.Line($"{row[0].PadRight(width)}  {row[1]}");
        }
        foreach (var note in report.Libtorch?.Notes ?? [])
        {
            console.Warn(note);
        }
        if (report.Problem is not null)
        {
            console.Warn($"libtorch is not usable. {report.Problem}");
            return;
        }
        console.Line(report.Libtorch!.Devices.Count > 1 ? "Ready: training and prediction can use the GPU." : "Ready: training and prediction use the CPU.");
    }

    private sealed record DoctorReport(string Samed, string Runtime, string System, string RuntimeIdentifier, int Processors, long MemoryBytes, LibTorchInfo? Libtorch, string? Problem);
}
