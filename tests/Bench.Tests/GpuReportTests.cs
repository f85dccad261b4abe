using System.Diagnostics;

namespace SAMed.MLNet.Bench.Tests;

/// <summary>bench/gpu_report.py on files as the steps of gpu.sh leave them.</summary>
[TestFixture]
[Platform("Linux")]
public class GpuReportTests
{
    [Test]
    public void It_names_the_command_and_the_machine_and_says_whether_the_loader_is_the_bottleneck()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("command.txt"), "bench/gpu.sh --quick --models tiny\n");
        File.WriteAllText(folder.File("sweep-tiny.txt"), "");
        File.WriteAllText(folder.File("sweep-tiny.json"), Lines(("inference bf16, batch 1", "3000.0 slices/s, 1 ms a batch"), ("training bf16, batch 1", "100.0 slices/s, 10 ms a batch")));
        File.WriteAllText(folder.File("transforms.json"), Lines(("slices to predict, workers", "900/s with 1, 1,500/s with 2"), ("training samples, workers", "800/s with 1, 1,600/s with 2")));

        var report = Report(folder);

        Assert.That(report, Does.Contain("    bench/gpu.sh --quick --models tiny\n").And.Contain("| processor | ").And.Contain("| memory | "));
        Assert.That(report, Does.Contain("| tiny | inference | 3000.0/s | 1,500/s with 2 | 0.50× | **yes** |"));
        Assert.That(report, Does.Contain("| tiny | training | 100.0/s | 1,600/s with 2 | 16.00× | no |"));
    }

    private static string Lines(params (string What, string Measured)[] lines) =>
        "[" + string.Join(',', lines.Select(line => $$"""{"What":"{{line.What}}","Measured":"{{line.Measured}}","Against":"","Goal":null}""")) + "]";

    private static string Report(TempFolder folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(TestData.RepositoryRoot, "bench", "gpu_report.py"), folder.Path, folder.File("commit"), "cpu"])
            {
                RedirectStandardOutput = true,
                Environment = { ["PYTHONIOENCODING"] = "utf-8" },
            })!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
            return text;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("There is no python3 here.");
            return "";
        }
    }
}
