using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Turns the present row of a cursor into a slice to train or validate on.</summary>
internal sealed class RowReader
{
    private readonly DataViewRow _row;
    private readonly TrainingColumns _columns;
    private readonly int _classCount;
    private readonly ZoomEdge _edge;
    private readonly ValueGetter<VBuffer<float>> _image;
    private readonly ValueGetter<VBuffer<byte>> _label;
    private readonly Func<(int Height, int Width)> _imageSize;
    private readonly Func<(int Height, int Width)>? _sliceSize;
    private readonly ValueGetter<int>? _slice;
    private readonly ValueGetter<DataViewRowId> _id;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _case;
    private VBuffer<float> _imageBuffer;
    private VBuffer<byte> _labelBuffer;

    /// <summary>Reads rows of <paramref name="row"/>.</summary>
    public RowReader(DataViewRow row, TrainingColumns columns, int classCount, ZoomEdge edge)
    {
        (_row, _columns, _classCount, _edge) = (row, columns, classCount, edge);
        _image = row.GetGetter<VBuffer<float>>(row.Schema[columns.Image.Index]);
        _label = row.GetGetter<VBuffer<byte>>(row.Schema[columns.Label.Index]);
        _imageSize = columns.ImageSize.CreateReader(row);
        _sliceSize = columns is { Height: { } height, Width: { } width } ? SliceSize.CreateReader(row, height, width) : null;
        _slice = Optional<int>(columns.Slice);
        _id = row.GetIdGetter();
        _case = Optional<ReadOnlyMemory<char>>(columns.Case);
    }

    /// <summary>The slice, image and label at the image's size.</summary>
    /// <exception cref="SliceDataException">A value that training cannot use.</exception>
    public StoredSlice Read()
    {
        _image(ref _imageBuffer);
        _label(ref _labelBuffer);
        var size = _imageSize();
        var channels = _columns.ImageSize.Channels;
        if (size.Height < 1 || size.Width < 1 || _imageBuffer.Length != (long)channels * size.Height * size.Width)
        {
            throw Fault(_columns.Image, $"as many values as a slice of {size.Height}×{size.Width}{(channels == 1 ? "" : $" in {channels} channels")} has", $"{_imageBuffer.Length}");
        }
        float[] image = [.. _imageBuffer.DenseValues()];
        byte[] label = [.. _labelBuffer.DenseValues()];
        if (Array.FindIndex(image, value => !float.IsFinite(value)) is var at and >= 0)
        {
            throw Fault(_columns.Image, "a finite intensity", $"{image[at]} at row {at / size.Width % size.Height}, column {at % size.Width}");
        }
        if (Array.FindIndex(label, id => id > _classCount) is var above and >= 0)
        {
            throw Fault(_columns.Label, $"class ids 0 to {_classCount}", $"{label[above]}");
        }
        return new(CaseName, Number, size.Height, size.Width, image, AtImageSize(label, size));
    }

    private string CaseName => _case?.Read().ToString() ?? "";

    private int Number => _slice?.Read() ?? 0;

    /// <summary>The row's identity, which shuffling does not change: its number in plain data, a hash where ML.NET has put several together.</summary>
    private ulong RowId => _id.Read().Low;

    private byte[] AtImageSize(byte[] label, (int Height, int Width) image)
    {
        var own = LabelSize(label.Length, image);
        if (own == image)
        {
            return label;
        }
        var resized = new byte[image.Height * image.Width];
        SplineResize.ResizeNearest<byte>(label, own.Height, own.Width, resized, image.Height, image.Width, _edge);
        return resized;
    }

    private (int Height, int Width) LabelSize(int length, (int Height, int Width) image)
    {
        List<(int Height, int Width)> sizes = [];
        if (SliceSize.FixedOf(_columns.Label.Type) is { } known)
        {
            sizes.Add(known);
        }
        else
        {
            sizes.Add(image);
            if (_sliceSize is not null)
            {
                sizes.Insert(0, _sliceSize());
            }
        }
        var fitting = sizes.FindIndex(size => size.Height > 0 && size.Width > 0 && (long)size.Height * size.Width == length);
        return fitting >= 0
            ? sizes[fitting]
            : throw Fault(_columns.Label, $"as many values as a slice of {string.Join(" or ", sizes.Distinct().Select(size => $"{size.Height}×{size.Width}"))} has", $"{length}");
    }

    private SliceDataException Fault(DataViewSchema.Column column, string expected, string got) =>
        new(column.Name, (_case is null ? "" : $"case {CaseName}, ") + (_slice is null ? $"row {RowId}" : $"slice {Number}"), expected, got);

    private ValueGetter<T>? Optional<T>(DataViewSchema.Column? column) => column is { } found ? _row.GetGetter<T>(_row.Schema[found.Index]) : null;
}
