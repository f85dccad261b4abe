using System.Diagnostics;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Bench.Tests;

/// <summary>bench/gpu.sh as far as it goes without a program and a GPU.</summary>
[TestFixture]
[Platform("Linux")]
public class GpuScriptTests
{
    private static string Script => Path.Combine(TestData.RepositoryRoot, "bench", "gpu.sh");

    [Test]
    public void Help_goes_to_the_output_and_is_no_fault()
    {
        var (exitCode, output, error) = Call("--help");

        Assert.That(exitCode, Is.Zero, error);
        Assert.That(output, Does.Contain("--models").And.Contain("--quick"));
    }

    [TestCase("--device")]
    [TestCase("--device", "tpu")]
    [TestCase("--models", "vit_b,vit_x")]
    [TestCase("--slow")]
    public void What_makes_no_sense_is_one_line(params string[] arguments)
    {
        var (exitCode, output, error) = Call(arguments);

        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(error.Trim(), Does.Not.Contain("\n").And.Contain("--help"));
    }

    [Test]
    public void The_tiny_network_is_the_one_that_the_python_side_knows()
    {
        var golden = SamOptions.FromJsonFile(Path.Combine(TestData.RepositoryRoot, "tests", "Golden", "tiny_samed", "config.json"));

        Assert.That(SamOptions.FromJsonFile(Path.Combine(TestData.RepositoryRoot, "bench", "models", "tiny.json")), Is.EqualTo(golden));
    }

    private static (int ExitCode, string Output, string Error) Call(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
