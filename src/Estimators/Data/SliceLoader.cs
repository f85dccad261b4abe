using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Reads labelled files, checks that image and label belong together, and keeps their slices ready for training.</summary>
public sealed class SliceLoader
{
    private readonly CaseReader _reader;
    private readonly SlicePreparation _volumes;
    private readonly SlicePreparation _arrays;

    /// <summary>Reads with the ids of <paramref name="labels"/> and the preparation of <paramref name="options"/>.</summary>
    /// <exception cref="ArgumentException">The table has more than 255 classes, or an option is out of range.</exception>
    public SliceLoader(LabelTable labels, PreprocessingOptions options)
    {
        ArgumentNullException.ThrowIfNull(labels);
        _reader = new(labels, options.Orientation, options.Channels);
        (_volumes, _arrays) = (new(options.ForFile(hasGeometry: true)), new(options.ForFile(hasGeometry: false)));
    }

    /// <summary>All slices of <paramref name="files"/>, in their order. Files are read in parallel; <paramref name="progress"/> gets the number read.</summary>
    /// <exception cref="VolumeFormatException">A file is damaged, or image and label have different shapes or places, or a voxel is NaN or infinite.</exception>
    /// <exception cref="LabelTableException">A label map holds an id that the table does not know.</exception>
    public IReadOnlyList<StoredSlice> Load(IReadOnlyList<LabelledFile> files, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        var read = 0;
        var slices = new IReadOnlyList<StoredSlice>[files.Count];
        EachFile.Do(files.Count, index =>
        {
            slices[index] = Read(files[index]);
            progress?.Report(Interlocked.Increment(ref read));
        }, cancellationToken);
        return [.. slices.SelectMany(list => list)];
    }

    private StoredSlice[] Read(LabelledFile file)
    {
        var header = _reader.ReadHeader(CaseFiles.Of(file));
        var image = _reader.ReadChannels(header);
        var label = _reader.ReadLabels(header);
        var (height, width) = (label.Geometry.Height, label.Geometry.Width);
        var preparation = header.HasGeometry ? _volumes : _arrays;
        var stored = preparation.StoredSize(height, width);
        var slices = new StoredSlice[label.Geometry.Depth];
        for (var z = 0; z < slices.Length; z++)
        {
            slices[z] = new(file.Name, header.SliceNumber(z), stored.Height, stored.Width,
                preparation.ToStored(ImageChannels.Slice(image, z), height, width), preparation.LabelToStored(label.Slice(z), height, width));
        }
        return slices;
    }
}
