using System.Globalization;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>The classes to score: named by the caller, or by an annotation of a label column, or else numbered.</summary>
internal sealed class ScoredClasses
{
    private readonly LabelClass[]? _named;

    private ScoredClasses(IReadOnlyList<string>? names) => _named = names is null ? null : [.. names.Select((name, index) => new LabelClass(index + 1, name))];

    /// <summary>The highest id that can occur.</summary>
    public int Highest => _named?.Length ?? byte.MaxValue;

    /// <summary>Takes <paramref name="names"/> when given, then what the columns say.</summary>
    /// <exception cref="ArgumentException">No name, more than 255, or an empty one.</exception>
    /// <exception cref="SchemaMismatchException">Label and prediction name different classes.</exception>
    public static ScoredClasses Of(IReadOnlyList<string>? names, ScoredColumns columns)
    {
        RefuseUnnamed(names);
        if (names is null)
        {
            var (label, predicted) = (ClassNames.TryRead(columns.Label), ClassNames.TryRead(columns.Predicted));
            if (label is not null && predicted is not null && !label.SequenceEqual(predicted))
            {
                throw new SchemaMismatchException(columns.Predicted.Name,
                    $"The predicted label column '{columns.Predicted.Name}' has the classes {string.Join(", ", predicted)}, the label column '{columns.Label.Name}' has {string.Join(", ", label)}: " +
                    "class ids mean different things. Load the labels with the model's label table; or, where only the spelling differs, give the names to Evaluate.");
            }
            names = label ?? predicted;
        }
        return new(names);
    }

    /// <summary>Refuses names that cannot be meant.</summary>
    /// <exception cref="ArgumentException">No name, more than 255, or an empty one.</exception>
    public static void RefuseUnnamed(IReadOnlyList<string>? names)
    {
        if (names is not null && (names.Count is 0 or > byte.MaxValue || names.Any(string.IsNullOrWhiteSpace)))
        {
            throw new ArgumentException($"Names of classes are 1 to {byte.MaxValue} and none is empty; got [{string.Join(", ", names)}]. Leave them out to number the classes.", nameof(names));
        }
    }

    /// <summary>The classes to measure in a case, at least one.</summary>
    public IReadOnlyList<LabelClass> For(int highestInCase) => _named ?? Numbered(Math.Max(1, highestInCase));

    /// <summary>The classes of several cases.</summary>
    /// <exception cref="InvalidOperationException">There is none: nothing is named, and nothing but background occurs.</exception>
    public IReadOnlyList<LabelClass> Over(int highest) => _named ?? (highest > 0
        ? Numbered(highest)
        : throw new InvalidOperationException("There is nothing to score: neither labels nor predictions hold a class above 0. Name the classes if that is what the data are."));

    /// <summary>The same measurement with every one of <paramref name="classes"/>: those beyond its own occur nowhere in the case.</summary>
    public static CaseMeasurement Complete(CaseMeasurement measured, IReadOnlyList<LabelClass> classes) => measured.Organs.Count >= classes.Count
        ? measured
        : measured with { Organs = [.. measured.Organs, .. classes.Skip(measured.Organs.Count).Select(added => new OrganMeasurement(added.Id, added.Name, 0, 0, null))] };

    private static LabelClass[] Numbered(int count) =>
        [.. Enumerable.Range(1, count).Select(id => new LabelClass(id, "label " + id.ToString(CultureInfo.InvariantCulture)))];
}
