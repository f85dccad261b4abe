using System.Diagnostics;
using System.Globalization;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>The reference's test program (test.py): segments every test case, scores its organs, and writes the log, the scores and, when asked for, the volumes.
/// One case at a time is in memory.</summary>
public static class TestProtocol
{
    /// <summary>Runs it. What an earlier test left in the folder of results (scores, records, its saved volumes) is removed once everything has been checked, so that
    /// the folder tells of one test.</summary>
    /// <param name="options">What to test and how.</param>
    /// <param name="observer">Gets the lines of the log and the progress; null for none.</param>
    /// <param name="cancellationToken">Checked before every batch of slices. The log and the volumes of cases that were finished by then stay, and there are no scores.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the label table does not have the network's classes.</exception>
    /// <exception cref="VolumeFormatException">A file is damaged, image and label map do not fit, or a label map holds ids that are no classes. Headers and label maps are checked before the first case is segmented.</exception>
    /// <exception cref="LabelTableException">A label map holds an id that the table does not know.</exception>
    /// <exception cref="CheckpointFormatException">A model file is damaged or of another kind.</exception>
    /// <exception cref="CheckpointMismatchException">The model files do not belong together.</exception>
    /// <exception cref="BaseNotFoundException">No SAM file was given and the one that the LoRA file names is not beside it.</exception>
    public static TestProtocolResult Execute(TestProtocolOptions options, ITestObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var clock = Stopwatch.StartNew();
        var headers = ReadHeaders(options);
        using var model = SegmentationModel.Load(options.Model);
        foreach (var note in model.Notes)
        {
            observer?.Note(note);
        }
        var run = new CaseRun(model, options, observer);
        run.CheckLabels(headers, cancellationToken);
        var logFile = Path.Combine(options.Output, ReferenceLog.Place);
        EarlierResults.Remove(options.Output);
        var metrics = Measure(run, headers, logFile, Describe(options, model, run.Way), observer, cancellationToken);
        var result = new TestProtocolResult
        {
            Metrics = metrics,
            LogFile = logFile,
            Predictions = run.Saved?.Folder,
            SamFile = model.SamFile,
            LoraFile = options.Model.LoraFile,
            Preprocessing = run.Way,
            Settings = EffectiveSettings.Of(model, options.Prediction, run.Ways),
            Elapsed = clock.Elapsed,
        };
        WriteScores(result, options.Output);
        return result;
    }

    /// <summary>Every case, with the lines of the log.</summary>
    private static SegmentationMetrics Measure(CaseRun run, List<CaseHeader> headers, string logFile, string description, ITestObserver? observer, CancellationToken cancellationToken)
    {
        List<CaseMeasurement> measured = [];
        var isDone = false;
        using var log = new ReferenceLog(logFile, observer);
        try
        {
            log.Write(description);
            log.Write(ReferenceLog.Start(headers.Count));
            foreach (var header in headers)
            {
                var found = run.Measure(header, measured.Count, cancellationToken);
                log.Write(ReferenceLog.Case(measured.Count, found.Scores(run.Metrics.Policy)));
                measured.Add(found);
            }
            var metrics = new SegmentationMetrics(measured, run.Classes, run.Metrics);
            foreach (var line in ReferenceLog.End(metrics.ReportOf(run.Metrics.Policy)))
            {
                log.Write(line);
            }
            isDone = true;
            return metrics;
        }
        finally
        {
            if (!isDone)
            {
                log.Stop(measured.Count, headers.Count);
                TellDone(measured, logFile, run.Saved, observer);
            }
        }
    }

    /// <summary>What a run that goes no further leaves behind.</summary>
    private static void TellDone(List<CaseMeasurement> measured, string logFile, SavedVolumes? saved, ITestObserver? observer)
    {
        if (measured.Count > 0)
        {
            observer?.Warn($"done before the test stopped: {string.Join(", ", measured.Select(found => found.Case))}; their figures stand in {logFile}{(saved is null ? string.Empty : $", their volumes in {saved.Folder}")}");
        }
    }

    /// <summary>All headers, so that a missing label map is told before the first hour of work and not in the middle.</summary>
    private static List<CaseHeader> ReadHeaders(TestProtocolOptions options)
    {
        var reader = new CaseReader(options.Labels, orientation: null);
        return [.. options.Cases.Select(file => reader.ReadHeader(CaseFiles.Of(file)))];
    }

    private static string Describe(TestProtocolOptions options, SegmentationModel model, PreprocessingOptions way) => string.Create(CultureInfo.InvariantCulture,
        $"{ProductVersion.Text}: cases={options.Cases.Count}, sam={model.SamFile}, lora={options.Model.LoraFile}, labels={options.Labels?.Name ?? "classes"}, image_size={way.ImageSize}, " +
        $"input_size={(way.InputSize is { } size ? size : "none")}, zoom_edge={way.ZoomEdge}, orientation={way.Orientation ?? "stored"}, precision={options.Model.Precision}, " +
        $"unit={options.Unit}, policy={options.LogPolicy}, save_nifti={options.SaveNifti}, paper_geometry={options.PaperGeometry}, prediction={options.Prediction}, output={options.Output}");

    private static void WriteScores(TestProtocolResult result, string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "scores.json"), result.ToJson());
        AtomicFile.WriteText(Path.Combine(folder, "scores.csv"), result.ToCsv());
        AtomicFile.WriteText(Path.Combine(folder, "scores.md"), result.ToMarkdown());
    }
}
