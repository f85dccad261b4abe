using System.Globalization;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>The lines of the reference's test program (test.py, inference): to the log file with the time before them, and to the observer.</summary>
internal sealed class ReferenceLog : IDisposable
{
    /// <summary>Where it lies in the folder of results.</summary>
    public static readonly string Place = Path.Combine("test_log", "log.txt");

    private readonly string _path;
    private readonly StreamWriter _file;
    private readonly ITestObserver? _observer;

    /// <summary>Starts <paramref name="path"/> anew. A log shows how far a run came, so it is written line by line.</summary>
    public ReferenceLog(string path, ITestObserver? observer)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _path = path;
        _file = new StreamWriter(path, append: false) { AutoFlush = true, NewLine = "\n" };
        _observer = observer;
    }

    public void Write(string line)
    {
        _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{DateTime.Now:HH:mm:ss.fff}] {line}"));
        _observer?.Log(line);
    }

    /// <summary>Ends the log of a run that goes no further: it says so, or, when no case was done, is removed.</summary>
    public void Stop(int done, int cases)
    {
        if (done > 0)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"Stopped after {done} of {cases} cases; no scores were written."));
            return;
        }
        _file.Dispose();
        File.Delete(_path);
        var folder = Path.GetDirectoryName(_path)!;
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    public void Dispose() => _file.Dispose();

    public static string Start(int cases) => string.Create(CultureInfo.InvariantCulture, $"{cases} test iterations per epoch");

    /// <summary>A case: the means over its organs.</summary>
    public static string Case(int index, CaseScores scores) => string.Create(CultureInfo.InvariantCulture,
        $"idx {index} case {scores.Case} mean_dice {Number(scores.Organs.Average(organ => organ.Dice))} mean_hd95 {Number(scores.Organs.Average(organ => organ.Hd95))}");

    /// <summary>The organs, then the mean over them.</summary>
    public static IEnumerable<string> End(SegmentationReport report) =>
    [
        .. report.Organs.Select(organ => string.Create(CultureInfo.InvariantCulture,
            $"Mean class {organ.Id} name {organ.Name} mean_dice {Number(organ.Dice.Mean)} mean_hd95 {Number(organ.Hd95.Mean)}")),
        $"Testing performance in best val model: mean_dice : {Number(report.MeanDice)} mean_hd95 : {Number(report.MeanHd95)}",
        "Testing Finished!",
    ];

    // C's %f, and its nan where the strict rule leaves nothing to average.
    private static string Number(double? value) => value?.ToString("F6", CultureInfo.InvariantCulture) ?? "nan";
}
