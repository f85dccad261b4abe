using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>What a slice has in common with the others of its case.</summary>
internal readonly record struct SliceGrid(int Height, int Width, float SpacingX, float SpacingY, float SpacingZ)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}×{Width} pixels (rows × columns), spacing {SpacingX}×{SpacingY}×{SpacingZ} mm (x, y, z)");
}

/// <summary>Reads the scored slices of a cursor, one row at a time.</summary>
internal sealed class ScoredSliceReader
{
    private readonly ScoredColumns _columns;
    private readonly DataViewRow _row;
    private readonly ValueGetter<ReadOnlyMemory<char>> _readCase;
    private readonly ValueGetter<int> _readSlice;
    private readonly ValueGetter<VBuffer<byte>> _readLabel;
    private readonly ValueGetter<VBuffer<byte>> _readPredicted;
    private readonly ValueGetter<int>[] _readFileSize;
    private readonly ValueGetter<float>[] _readSpacing;
    private readonly Func<(int Height, int Width)> _readSize;
    private ReadOnlyMemory<char> _case;
    private int _slice;
    private VBuffer<byte> _buffer;

    public ScoredSliceReader(DataViewRow row, ScoredColumns columns)
    {
        (_row, _columns, _readSize) = (row, columns, columns.Size.CreateReader(row));
        (_readCase, _readSlice) = (row.GetGetter<ReadOnlyMemory<char>>(columns.Case), row.GetGetter<int>(columns.Slice));
        (_readLabel, _readPredicted) = (row.GetGetter<VBuffer<byte>>(columns.Label), row.GetGetter<VBuffer<byte>>(columns.Predicted));
        _readFileSize = [.. columns.FileSize.Select(column => row.GetGetter<int>(column))];
        _readSpacing = [.. columns.Spacing.Select(column => row.GetGetter<float>(column))];
    }

    /// <summary>The case.</summary>
    public string Case { get; private set; } = "";

    /// <summary>The slice's number.</summary>
    public int Slice => _slice;

    /// <summary>Size and spacing; the spacing is 1 when distances are measured in voxels.</summary>
    public SliceGrid Grid { get; private set; }

    /// <summary>Reads everything of the present row but its labels.</summary>
    /// <exception cref="InvalidOperationException">The size or spacing makes no sense.</exception>
    public void ReadPlace()
    {
        _readCase(ref _case);
        if (!_case.Span.SequenceEqual(Case))
        {
            Case = _case.ToString();
        }
        _readSlice(ref _slice);
        var (height, width) = _readSize();
        Grid = _readSpacing.Length == 0 ? new(height, width, 1, 1, 1) : new(height, width, _readSpacing[0].Read(), _readSpacing[1].Read(), _readSpacing[2].Read());
        if (height < 1 || width < 1 || !IsLength(Grid.SpacingX) || !IsLength(Grid.SpacingY) || !IsLength(Grid.SpacingZ))
        {
            throw Fault($"expected a size of 1 or more and positive, finite spacings, got {Grid}");
        }
        if (_readFileSize.Length == 2 && (_readFileSize[0].Read(), _readFileSize[1].Read()) is var (fileHeight, fileWidth) && (fileHeight, fileWidth) != (height, width))
        {
            throw Fault($"the labels have {height}×{width} pixels, but the columns '{_columns.FileSize[0].Name}' and '{_columns.FileSize[1].Name}' say that the slice has {fileHeight}×{fileWidth}, "
                + "to which its spacing in mm belongs. Evaluate at the slice's own size, or measure in voxels (Unit = Voxel in MetricOptions)");
        }
    }

    /// <summary>Reads the label of the present row into [H, W] of <paramref name="destination"/>.</summary>
    /// <exception cref="InvalidOperationException">It has another number of pixels, or a class above <paramref name="highest"/>.</exception>
    public int ReadLabel(Span<ushort> destination, int highest) => ReadInto(_readLabel, _columns.Label.Name, destination, highest);

    /// <summary>Reads the prediction of the present row likewise.</summary>
    /// <exception cref="InvalidOperationException">It has another number of pixels, or a class above <paramref name="highest"/>.</exception>
    public int ReadPrediction(Span<ushort> destination, int highest) => ReadInto(_readPredicted, _columns.Predicted.Name, destination, highest);

    /// <summary>A fault of the present row.</summary>
    public InvalidOperationException Fault(string what) => new($"Case '{Case}', slice {_slice} (row {_row.Position}): {what}.");

    /// <summary>Returns the highest class.</summary>
    private int ReadInto(ValueGetter<VBuffer<byte>> read, string column, Span<ushort> destination, int highest)
    {
        read(ref _buffer);
        if (_buffer.Length != destination.Length)
        {
            throw Fault($"the column '{column}' holds {_buffer.Length} values, expected {destination.Length} for {Grid.Height}×{Grid.Width} pixels. {ScoredColumns.Advice.TrimEnd('.')}");
        }
        byte found = 0;
        if (_buffer.IsDense)
        {
            var values = _buffer.GetValues();
            for (var i = 0; i < values.Length; i++)
            {
                destination[i] = values[i];
                found = Math.Max(found, values[i]);
            }
        }
        else
        {
            destination.Clear();
            foreach (var (i, value) in _buffer.Items())
            {
                destination[i] = value;
                found = Math.Max(found, value);
            }
        }
        return found <= highest ? found : throw Fault($"the column '{column}' holds class {found}, but the classes are 1..{highest}. Give the names of all classes, or map the ids first");
    }

    private static bool IsLength(float value) => float.IsFinite(value) && value > 0;
}
