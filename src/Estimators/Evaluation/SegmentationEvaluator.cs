using Microsoft.ML;
using Microsoft.ML.Runtime;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Measures the volumes that scored slices are of. A case is measured as soon as its last slice has come, and only open cases are held in memory:
/// one at a time when rows come case by case, in whatever order within.</summary>
internal static class SegmentationEvaluator
{
    /// <summary>Measures every case of <paramref name="scored"/>.</summary>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">The rows do not make volumes.</exception>
    /// <exception cref="ArgumentException">Options or names of classes out of range.</exception>
    public static EvaluatedCases Measure(
        IHostEnvironment host, IDataView scored, EvaluationColumns names, MetricOptions options, IReadOnlyList<string>? classNames, CancellationToken cancellation)
    {
        using var channel = host.Start("Evaluate");
        options.Validate();
        var columns = ScoredColumns.Bind(scored.Schema, names, options.Unit);
        var classes = ScoredClasses.Of(classNames, columns);
        var index = CaseIndex.Of(scored, columns.Case, columns.Slice, cancellation);
        Dictionary<string, CaseMeasurement> measured = [];
        Dictionary<string, OpenCase> open = [];
        var highest = 0;
        using var cursor = scored.GetRowCursor(columns.All(scored.Schema));
        var slice = new ScoredSliceReader(cursor, columns);
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            slice.ReadPlace();
            if (!open.TryGetValue(slice.Case, out var volume))
            {
                volume = Open(slice, index, measured);
                open.Add(slice.Case, volume);
            }
            volume.Add(slice, classes.Highest);
            if (volume.IsComplete)
            {
                open.Remove(slice.Case);
                highest = Math.Max(highest, volume.HighestClass);
                measured[slice.Case] = OrganScorer.Measure(slice.Case, volume.Prediction, volume.Reference, classes.For(volume.HighestClass), options);
                channel.Info(MessageSensitivity.None, "measured {0} of {1} cases", measured.Count, index.Cases.Count);
            }
        }
        return measured.Count == index.Cases.Count
            ? new([.. index.Cases.Select(name => measured[name])], classes, highest, options)
            : throw new InvalidOperationException(
                $"Slices of {string.Join(", ", index.Cases.Where(name => !measured.ContainsKey(name)).Take(20).Select(name => $"'{name}'"))} were there in a first pass over the data view and not in a second. " +
                "Evaluation reads it twice: it must give the same rows each time.");
    }

    private static OpenCase Open(ScoredSliceReader slice, CaseIndex index, Dictionary<string, CaseMeasurement> measured) =>
        index.Find(slice.Case) is { } slices && !measured.ContainsKey(slice.Case)
            ? new(slice, slices.First, slices.Count)
            : throw slice.Fault("the rows differ from those of the pass before. Evaluation reads the data view twice: it must give the same rows each time");
}

/// <summary>Measured cases in the order of their names.</summary>
/// <param name="Cases">The measurements; where classes have no names, each has those up to the highest that occurs in it.</param>
/// <param name="Classes">The classes.</param>
/// <param name="HighestClass">The highest class that occurs.</param>
/// <param name="Options">How they were measured.</param>
internal sealed record EvaluatedCases(IReadOnlyList<CaseMeasurement> Cases, ScoredClasses Classes, int HighestClass, MetricOptions Options)
{
    /// <summary>The metrics over all classes up to <paramref name="highest"/>; null: up to the highest that occurs.</summary>
    public SegmentationMetrics ToMetrics(int? highest = null)
    {
        var classes = Classes.Over(highest ?? HighestClass);
        return new([.. Cases.Select(measured => ScoredClasses.Complete(measured, classes))], classes, Options);
    }
}
