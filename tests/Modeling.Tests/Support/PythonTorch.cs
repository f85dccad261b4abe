using System.Diagnostics;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>A Python with PyTorch and NumPy, where there is one (Debian: <c>apt-get install python3-torch python3-numpy</c>).</summary>
internal static class PythonTorch
{
    private static readonly Lazy<(string? Python, string Tried)> s_found = new(Find);

    /// <summary>What <paramref name="script"/> prints, line by line; the test is skipped where no Python has torch.</summary>
    public static string[] Run(string script, params string[] args)
    {
        if (s_found.Value.Python is not { } python)
        {
            Assert.Ignore($"No Python with PyTorch 1.13 or later was found ({s_found.Value.Tried}): install python3-torch and python3-numpy, or name the interpreter in SAMED_PYTHON.");
            throw new InvalidOperationException("Assert.Ignore returned.");
        }
        var (code, output, error) = Start(python, ["-c", script, .. args]);
        Assert.That(code, Is.Zero, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (string? Python, string Tried) Find()
    {
        List<string> tried = [];
        foreach (var python in new[] { Environment.GetEnvironmentVariable("SAMED_PYTHON"), "python3", "/usr/bin/python3" }.OfType<string>())
        {
            try
            {
                var (code, output, error) = Start(python, ["-c", "import inspect, numpy, torch; assert 'weights_only' in inspect.signature(torch.load).parameters; print(torch.__version__)"]);
                if (code == 0)
                {
                    return (python, output.Trim());
                }
                tried.Add($"{python}: {error.Trim().Split('\n')[^1]}");
            }
            catch (System.ComponentModel.Win32Exception fault)
            {
                tried.Add($"{python}: {fault.Message}");
            }
        }
        return (null, string.Join("; ", tried));
    }

    private static (int Code, string Output, string Error) Start(string program, string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
