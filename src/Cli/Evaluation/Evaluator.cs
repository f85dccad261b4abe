using System.Collections.Concurrent;
using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Evaluation;

/// <summary>Scores a set of cases, several at a time.</summary>
internal static class Evaluator
{
    /// <summary>The report over all cases, in their order. Organs are the table's classes, or without a table every id above 0 that occurs, named "label N": in the cases, or in <paramref name="all"/> of which they are a share.</summary>
    /// <exception cref="AggregateException">One or more cases cannot be scored; holds each one's error.</exception>
    public static SegmentationReport Evaluate(IReadOnlyList<CasePair> cases, LabelReader reader, MetricOptions options, CliConsole console, CancellationToken cancellation, IReadOnlyList<CasePair>? all = null)
    {
        var organs = reader.Table?.Classes ?? FindLabels(all ?? cases, reader, cancellation);
        WarnOfMissingGeometry(cases, options, console);
        WarnOfGuessedIds(cases, reader, console);
        var scores = new CaseScores[cases.Count];
        console.Progress("Scoring", cases.Count, progress => ForEach(cases.Count, index =>
        {
            var pair = cases[index];
            scores[index] = reader.Score(pair, organs, options);
            progress.Advance(pair.Case);
        }, cancellation));
        return new SegmentationReport(scores, options);
    }

    private static LabelClass[] FindLabels(IReadOnlyList<CasePair> cases, LabelReader reader, CancellationToken cancellation)
    {
        var ids = new ConcurrentDictionary<int, bool>();
        ForEach(cases.Count, index =>
        {
            foreach (var id in reader.LabelsOf(cases[index]))
            {
                ids[id] = true;
            }
        }, cancellation);
        var found = ids.Keys.Where(id => id > 0).Order().Select(id => new LabelClass(id, "label " + id.ToString(CultureInfo.InvariantCulture))).ToArray();
        return found.Length > 0 ? found : throw new Hosting.CommandFailedException("There is nothing to score: neither predictions nor references hold a label above 0.");
    }

    private static void WarnOfMissingGeometry(IReadOnlyList<CasePair> cases, MetricOptions options, CliConsole console)
    {
        if (options.Unit != DistanceUnit.Millimetre)
        {
            return;
        }
        foreach (var path in cases.SelectMany(pair => new[] { pair.Prediction, pair.Reference }).Where(path => !VolumeFile.Identify(path).HasGeometry))
        {
            console.Warn($"{path} has no geometry: its voxels count as 1 mm. Use --spacing voxel to measure in voxels.");
        }
    }

    private static void WarnOfGuessedIds(IReadOnlyList<CasePair> cases, LabelReader reader, CliConsole console)
    {
        foreach (var path in cases.Select(pair => pair.Prediction).Where(reader.Guesses))
        {
            console.Warn($"{path} cannot say what its ids mean: they are taken for those of '{reader.Table!.Name}'. If samed predict wrote it, add --prediction-labels {LabelReader.ClassIds}.");
        }
    }

    private static void ForEach(int count, Action<int> work, CancellationToken cancellation) =>
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, work);
}
