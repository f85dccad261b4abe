using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>The columns of scored slices, found in a schema and checked.</summary>
internal sealed class ScoredColumns
{
    private ScoredColumns(DataViewSchema schema, EvaluationColumns names)
    {
        Case = InputColumns.RequireScalar(schema, names.Case, "case", TextDataViewType.Instance);
        Slice = InputColumns.RequireScalar(schema, names.Slice, "slice", NumberDataViewType.Int32);
        Label = InputColumns.RequireVector(schema, names.Label, "label", NumberDataViewType.Byte);
        Predicted = InputColumns.RequireVector(schema, names.PredictedLabel, "predicted label", NumberDataViewType.Byte);
        var (label, predicted) = (SliceSize.FixedOf(Label.Type), SliceSize.FixedOf(Predicted.Type));
        if (label is { } wanted && predicted is { } found && wanted != found)
        {
            throw new SchemaMismatchException(names.PredictedLabel,
                $"Schema mismatch for the predicted label column '{names.PredictedLabel}': expected {Label.Type}, the type of '{names.Label}', got {Predicted.Type}. {Advice}");
        }
        Size = SliceSize.Bind(schema, label is null && predicted is not null ? Predicted : Label, names.Height, names.Width);
    }

    /// <summary>What to do about labels and predictions of two sizes.</summary>
    public const string Advice = "Prediction and label are compared voxel by voxel: let both have the size of the slice in its file, which the trainer's predictions have. " +
        "Do not resize the label column; the trainer brings it to the size of the image by itself.";

    public DataViewSchema.Column Case { get; }

    public DataViewSchema.Column Slice { get; }

    public DataViewSchema.Column Label { get; }

    public DataViewSchema.Column Predicted { get; }

    /// <summary>Where the size of a slice is known from.</summary>
    public SliceSize Size { get; }

    /// <summary>Height and width of the slice in its file, to which the spacing belongs, where that is not the size itself; else empty.</summary>
    public IReadOnlyList<DataViewSchema.Column> FileSize { get; private init; } = [];

    /// <summary>Spacing along x, y and z; empty when distances are measured in voxels.</summary>
    public IReadOnlyList<DataViewSchema.Column> Spacing { get; private init; } = [];

    /// <summary>All that a cursor has to give.</summary>
    public IReadOnlyList<DataViewSchema.Column> All(DataViewSchema schema)
    {
        var needed = FileSize.Concat(Spacing).Concat([Case, Slice, Label, Predicted]).Select(column => column.Index).Concat(Size.Dependencies).ToHashSet();
        return [.. schema.Where(column => needed.Contains(column.Index))];
    }

    /// <summary>Finds them.</summary>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    public static ScoredColumns Bind(DataViewSchema schema, EvaluationColumns names, DistanceUnit unit)
    {
        var columns = new ScoredColumns(schema, names);
        if (unit == DistanceUnit.Voxel)
        {
            return columns;
        }
        var fileSize = new[] { names.Height, names.Width }.Select(name => InputColumns.FindScalar(schema, name, "size", NumberDataViewType.Int32)).OfType<DataViewSchema.Column>().ToArray();
        return new(schema, names)
        {
            FileSize = columns.Size.Fixed is not null && fileSize.Length == 2 ? fileSize : [],
            Spacing = [.. new[] { names.SpacingX, names.SpacingY, names.SpacingZ }.Select(name => BindSpacing(schema, name))],
        };
    }

    /// <summary>Refuses a spacing that is not there.</summary>
    /// <exception cref="SchemaMismatchException">It is not there.</exception>
    public static void RequireSpacing(bool isThere, string name)
    {
        if (!isThere)
        {
            throw new SchemaMismatchException(name, $"The spacing column '{name}' is not in the data, and distances in millimetres need it. "
                + $"Add it, or set {nameof(MetricOptions.Unit)} = {nameof(DistanceUnit)}.{nameof(DistanceUnit.Voxel)} in {nameof(MetricOptions)}.");
        }
    }

    private static DataViewSchema.Column BindSpacing(DataViewSchema schema, string name)
    {
        RequireSpacing(schema.GetColumnOrNull(name) is not null, name);
        return InputColumns.RequireScalar(schema, name, "spacing", NumberDataViewType.Single);
    }
}
