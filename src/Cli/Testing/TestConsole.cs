using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Testing;

/// <summary>Shows a run of the test protocol: the log's lines on standard output as test.py prints them, the progress on standard error, at the end the table of both rules.</summary>
internal sealed class TestConsole(CliConsole console, IProgressScope bar) : ITestObserver
{
    public void Log(string line) => console.Line(line);

    public void Note(string text) => console.Note(text);

    public void Warn(string text) => console.Warn(text);

    public void Report(TestProgress value) =>
        bar.Report(value.Done, string.Create(CultureInfo.InvariantCulture, $"{value.Name} slice {value.Slice}/{value.Slices}"));

    /// <summary>The table.</summary>
    public static void PrintScores(TestProtocolResult result, CliConsole console)
    {
        var unit = result.Metrics.Options.Unit == DistanceUnit.Voxel ? "voxels" : "mm";
        var cases = result.Metrics.PerCase.Count;
        console.Line();
        console.Heading($"{cases} {(cases == 1 ? "case" : "cases")}, distances in {unit}; paper: test.py's rule for empty masks, strict: missed and invented organs score 0");
        var (head, rows) = result.ToTable();
        console.Table(head, rows);
    }
}
