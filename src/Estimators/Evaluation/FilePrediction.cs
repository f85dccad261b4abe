using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>Predicts the volume of a file through a transformer.</summary>
internal static class FilePrediction
{
    /// <summary>Slices, predicts, and puts the labels back to where the file's voxels lie.</summary>
    public static LabelVolume Predict(MLContext context, ITransformer model, string imagePath, SliceDataOptions options, string predictedLabelColumnName, CancellationToken cancellation)
    {
        var scored = model.Transform(context.Data.LoadSlices([imagePath], options));
        var column = InputColumns.RequireVector(scored.Schema, predictedLabelColumnName, "predicted label", NumberDataViewType.Byte);
        var info = VolumeFile.Identify(imagePath);
        var reoriented = info.HasGeometry && options.Orientation is not null;
        var labels = new LabelVolume(reoriented ? Orientation.Reorient(info.Geometry, options.Orientation!) : info.Geometry);
        var slices = Read(scored, column, labels, cancellation);
        if (slices != labels.Geometry.Depth)
        {
            throw new InvalidOperationException($"{imagePath}: the model gave {slices} slices for {labels.Geometry.Depth}. A model that predicts a volume gives a row for every row.");
        }
        var result = reoriented ? Orientation.Reorient(labels, Orientation.Of(info.Geometry.Affine)) : labels;
        // The file's geometry itself, so that no rounding of the way there and back shows.
        return new(info.Geometry, result.Voxels);
    }

    private static int Read(IDataView scored, DataViewSchema.Column column, LabelVolume labels, CancellationToken cancellation)
    {
        using var cursor = scored.GetRowCursor([column]);
        var read = cursor.GetGetter<VBuffer<byte>>(column);
        VBuffer<byte> buffer = default;
        var (z, slice) = (0, new byte[labels.Geometry.SliceLength]);
        for (; cursor.MoveNext(); z++)
        {
            cancellation.ThrowIfCancellationRequested();
            read(ref buffer);
            if (buffer.Length != slice.Length)
            {
                throw new InvalidOperationException($"Slice {z}: the column '{column.Name}' holds {buffer.Length} values, expected {slice.Length} for {labels.Geometry.Height}×{labels.Geometry.Width} pixels, " +
                    "the size of the slice in the file. The model must bring its labels back to that size, as SamSegmentationTransformer does from the columns Height and Width.");
            }
            if (z < labels.Geometry.Depth)
            {
                buffer.CopyTo(slice);
                var row = labels.Slice(z);
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = slice[i];
                }
            }
        }
        return z;
    }
}
