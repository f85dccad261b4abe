using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>Where the height and width of the slices in a vector column are known from: its type, when that has two dimensions, else two columns beside it.
/// (The value of a vector column knows only its length.)</summary>
internal sealed class SliceSize
{
    private readonly DataViewSchema.Column _column;
    private readonly DataViewSchema.Column? _height;
    private readonly DataViewSchema.Column? _width;

    private SliceSize(DataViewSchema.Column column, (int Height, int Width)? known, DataViewSchema.Column? height, DataViewSchema.Column? width) =>
        (_column, Fixed, _height, _width) = (column, known, height, width);

    /// <summary>The size of every slice; null when it differs from row to row.</summary>
    public (int Height, int Width)? Fixed { get; }

    /// <summary>Indices of the columns that are read to know the size.</summary>
    public IReadOnlyList<int> Dependencies => _height is { } height ? [height.Index, _width!.Value.Index] : [];

    /// <summary>The fixed size that a type has; null when it is variable, or a plain vector that could be anything.</summary>
    public static (int Height, int Width)? FixedOf(DataViewType type) =>
        type is VectorDataViewType { Dimensions: [> 0 and var height, > 0 and var width] } ? (height, width) : null;

    /// <summary>Binds the slices of <paramref name="column"/>.</summary>
    /// <exception cref="SchemaMismatchException">The type has no fixed H×W and a size column is missing or no Int32.</exception>
    public static SliceSize Bind(DataViewSchema schema, DataViewSchema.Column column, string heightColumnName, string widthColumnName)
    {
        if (FixedOf(column.Type) is { } known)
        {
            return new(column, known, null, null);
        }
        foreach (var name in new[] { heightColumnName, widthColumnName })
        {
            if (schema.GetColumnOrNull(name) is null)
            {
                throw new SchemaMismatchException(name,
                    $"Schema mismatch for the column '{column.Name}': {column.Type} does not say how many rows and columns a slice has, and there is no column '{name}' that does. " +
                    "Give the column a fixed size (VectorType(height, width), or ResizeSlice), or name the columns of the size.");
            }
        }
        return new(column, null, InputColumns.RequireScalar(schema, heightColumnName, "height", NumberDataViewType.Int32),
            InputColumns.RequireScalar(schema, widthColumnName, "width", NumberDataViewType.Int32));
    }

    /// <summary>Gives the size of the slice in the present row of <paramref name="row"/>.</summary>
    public Func<(int Height, int Width)> CreateReader(DataViewRow row)
    {
        if (Fixed is { } known)
        {
            return () => known;
        }
        var readHeight = row.GetGetter<int>(row.Schema[_height!.Value.Index]);
        var readWidth = row.GetGetter<int>(row.Schema[_width!.Value.Index]);
        return () =>
        {
            int height = 0, width = 0;
            readHeight(ref height);
            readWidth(ref width);
            return (height, width);
        };
    }

    /// <summary>Refuses a slice that has not as many values as its size says.</summary>
    /// <exception cref="InvalidOperationException">The length is another.</exception>
    public void Check(int length, (int Height, int Width) size, long position)
    {
        if (size.Height < 1 || size.Width < 1 || length != (long)size.Height * size.Width)
        {
            throw new InvalidOperationException(
                $"The column '{_column.Name}' holds {length} values in row {position}; expected {(long)size.Height * size.Width} for a slice of {size.Height}×{size.Width}" +
                (_height is { } height ? $", the size that the columns '{height.Name}' and '{_width!.Value.Name}' say." : "."));
        }
    }
}
