using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>Where the height and width of the slices in a vector column are known from: its type, when that has two dimensions (three with several channels), else two columns
/// beside it. (The value of a vector column knows only its length.)</summary>
internal sealed class SliceSize
{
    private readonly DataViewSchema.Column _column;
    private readonly DataViewSchema.Column? _height;
    private readonly DataViewSchema.Column? _width;

    private SliceSize(DataViewSchema.Column column, int channels, (int Height, int Width)? known, DataViewSchema.Column? height, DataViewSchema.Column? width) =>
        (_column, Channels, Fixed, _height, _width) = (column, channels, known, height, width);

    /// <summary>Planes of every slice, one after the other.</summary>
    public int Channels { get; }

    /// <summary>The size of every slice; null when it differs from row to row.</summary>
    public (int Height, int Width)? Fixed { get; }

    /// <summary>Indices of the columns that are read to know the size.</summary>
    public IReadOnlyList<int> Dependencies => _height is { } height ? [height.Index, _width!.Value.Index] : [];

    /// <summary>The fixed size that a type has; null when it is variable, or a plain vector that could be anything.</summary>
    public static (int Height, int Width)? FixedOf(DataViewType type, int channels = 1) => type switch
    {
        VectorDataViewType { Dimensions: [> 0 and var height, > 0 and var width] } when channels == 1 => (height, width),
        VectorDataViewType { Dimensions: [var planes, > 0 and var height, > 0 and var width] } when channels > 1 && planes == channels => (height, width),
        _ => null,
    };

    /// <summary>The type of slices of one size: [H, W], or [C, H, W] for several channels. A size of 0 is one that differs from row to row.</summary>
    public static VectorDataViewType TypeOf(PrimitiveDataViewType item, int channels, int height, int width) =>
        channels == 1 ? new(item, height, width) : new(item, channels, height, width);

    /// <summary>Binds the slices of <paramref name="column"/>.</summary>
    /// <param name="schema">The columns there are.</param>
    /// <param name="column">The slices.</param>
    /// <param name="heightColumnName">Read when nothing else says the size.</param>
    /// <param name="widthColumnName">Likewise.</param>
    /// <param name="fitted">The fixed size that the type said when the component was fitted: for data whose type has lost it.</param>
    /// <param name="channels">Planes of every slice.</param>
    /// <exception cref="SchemaMismatchException">The size is not fixed and a size column is missing or no Int32.</exception>
    public static SliceSize Bind(DataViewSchema schema, DataViewSchema.Column column, string heightColumnName, string widthColumnName, (int Height, int Width)? fitted = null,
        int channels = 1)
    {
        if ((FixedOf(column.Type, channels) ?? fitted) is { } known)
        {
            return new(column, channels, known, null, null);
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
        return new(column, channels, null, InputColumns.RequireScalar(schema, heightColumnName, "height", NumberDataViewType.Int32),
            InputColumns.RequireScalar(schema, widthColumnName, "width", NumberDataViewType.Int32));
    }

    /// <summary>Gives the size of the slice in the present row of <paramref name="row"/>.</summary>
    public Func<(int Height, int Width)> CreateReader(DataViewRow row)
    {
        if (Fixed is { } known)
        {
            return () => known;
        }
        return CreateReader(row, _height!.Value, _width!.Value);
    }

    /// <summary>Gives what two columns say in the present row of <paramref name="row"/>.</summary>
    public static Func<(int Height, int Width)> CreateReader(DataViewRow row, DataViewSchema.Column heightColumn, DataViewSchema.Column widthColumn)
    {
        var readHeight = row.GetGetter<int>(row.Schema[heightColumn.Index]);
        var readWidth = row.GetGetter<int>(row.Schema[widthColumn.Index]);
        return () => (readHeight.Read(), readWidth.Read());
    }

    /// <summary>Refuses a slice that has not as many values as its size says.</summary>
    /// <exception cref="InvalidOperationException">The length is another.</exception>
    public void Check(int length, (int Height, int Width) size, long position) =>
        Check(length, size, _column.Name, _height?.Name, _width?.Name, FormattableString.Invariant($" in row {position}"), Channels);

    /// <summary>The same, where there is no schema to bind to.</summary>
    /// <param name="length">How many values the slice has.</param>
    /// <param name="size">What its size is said to be.</param>
    /// <param name="columnName">Where it comes from.</param>
    /// <param name="heightColumnName">Who says its height; null when it is fixed.</param>
    /// <param name="widthColumnName">Likewise.</param>
    /// <param name="place">For the message: which row.</param>
    /// <param name="channels">Planes of the slice.</param>
    /// <exception cref="InvalidOperationException">The length is another.</exception>
    public static void Check(int length, (int Height, int Width) size, string columnName, string? heightColumnName, string? widthColumnName, string place = "", int channels = 1)
    {
        if (size.Height >= 1 && size.Width >= 1 && length == (long)channels * size.Height * size.Width)
        {
            return;
        }
        var source = heightColumnName is null ? "" : $", the size that the columns '{heightColumnName}' and '{widthColumnName}' say";
        throw new InvalidOperationException(size.Height < 1 || size.Width < 1
            ? $"The column '{columnName}' holds a slice of {size.Height}×{size.Width} pixels{place}{source}; expected at least one row and one column."
            : $"The column '{columnName}' holds {length} values{place}; expected {(long)channels * size.Height * size.Width} for a slice of {size.Height}×{size.Width}{OfChannels(channels)}{source}.{HintOfChannels(length, size, channels)}");
    }

    private static string OfChannels(int channels) => channels == 1 ? "" : $" in {channels} channels";

    /// <summary>The one fault with a cure of its own: pictures in colour where grey ones are expected, or the reverse.</summary>
    private static string HintOfChannels(int length, (int Height, int Width) size, int channels)
    {
        var planes = length / ((long)size.Height * size.Width);
        return planes * size.Height * size.Width == length && planes is 1 or 3 && planes != channels
            ? $" The slice has {planes} channel{(planes == 1 ? "" : "s")}: give LoadSlices, ResizeSlice and the trainer the same number (Channels)."
            : "";
    }
}
