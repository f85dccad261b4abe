using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The columns of a data view that the trainer reads, found and checked.</summary>
internal sealed class TrainingColumns
{
    private static readonly SamLoraSegmentationTrainer.Options Defaults = new();

    /// <summary>Finds them.</summary>
    /// <exception cref="SchemaMismatchException">One is missing or of another type.</exception>
    public TrainingColumns(DataViewSchema schema, SamLoraSegmentationTrainer.Options options)
    {
        Image = InputColumns.RequireVector(schema, options.ImageColumnName, "image", NumberDataViewType.Single);
        Label = InputColumns.RequireVector(schema, options.LabelColumnName, "label", NumberDataViewType.Byte);
        ImageSize = SliceSize.Bind(schema, Image, options.HeightColumnName, options.WidthColumnName, channels: options.Channels);
        Height = Find(options.HeightColumnName, Defaults.HeightColumnName, "height", NumberDataViewType.Int32);
        Width = Find(options.WidthColumnName, Defaults.WidthColumnName, "width", NumberDataViewType.Int32);
        Case = Find(options.CaseColumnName, Defaults.CaseColumnName, "case", TextDataViewType.Instance);
        Slice = Find(options.SliceColumnName, Defaults.SliceColumnName, "slice", NumberDataViewType.Int32);

        // Data need not have these columns; but a name that someone has chosen is meant.
        DataViewSchema.Column? Find(string name, string usual, string role, PrimitiveDataViewType type) => name == usual
            ? InputColumns.FindScalar(schema, name, role, type)
            : InputColumns.RequireScalar(schema, name, role, type);
    }

    /// <summary>Those of the validation set, which must have gone through the same transforms as these and hold the same classes.</summary>
    /// <exception cref="SchemaMismatchException">It did not, or does not.</exception>
    public TrainingColumns OfValidation(DataViewSchema schema, SamLoraSegmentationTrainer.Options options)
    {
        var validation = new TrainingColumns(schema, options);
        if (validation.ImageSize.Fixed != ImageSize.Fixed)
        {
            throw new SchemaMismatchException(Image.Name,
                $"Schema mismatch for the image column '{Image.Name}' of the validation set: expected {Image.Type} as in the training set, got {validation.Image.Type}. Put both through the same transforms.");
        }
        var (names, expected) = (ClassNames.TryRead(validation.Label), ClassNames.TryRead(Label));
        if (names is not null && expected is not null && !names.SequenceEqual(expected))
        {
            throw new SchemaMismatchException(Label.Name,
                $"The label column '{Label.Name}' of the validation set has the classes {string.Join(", ", names)}; the training set has {string.Join(", ", expected)}. Load both with the same table of labels.");
        }
        return validation;
    }

    /// <summary>[C, h, w] images.</summary>
    public DataViewSchema.Column Image { get; }

    /// <summary>Class ids, at the image's size or the slice's own.</summary>
    public DataViewSchema.Column Label { get; }

    /// <summary>h and w.</summary>
    public SliceSize ImageSize { get; }

    /// <summary>Rows of the slice in its file, when there is such a column.</summary>
    public DataViewSchema.Column? Height { get; }

    /// <summary>Columns of the slice in its file, likewise.</summary>
    public DataViewSchema.Column? Width { get; }

    /// <summary>The patient, likewise.</summary>
    public DataViewSchema.Column? Case { get; }

    /// <summary>Number of the slice, likewise.</summary>
    public DataViewSchema.Column? Slice { get; }

    /// <summary>Whether the data say the size that slices have in their files.</summary>
    public bool HasSliceSize => Height is not null && Width is not null;

    /// <summary>All that are there.</summary>
    public IReadOnlyList<DataViewSchema.Column> All =>
        [Image, Label, .. new[] { Height, Width, Case, Slice }.Where(column => column is not null).Select(column => column!.Value)];
}
