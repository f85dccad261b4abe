using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Reads labelled files, checks that image and label belong together, and keeps their slices ready for training.</summary>
public sealed class SliceLoader
{
    private readonly LabelTable _labels;
    private readonly PreprocessingOptions _options;
    private readonly SlicePreparation _volumes;
    private readonly SlicePreparation _arrays;

    /// <summary>Reads with the ids of <paramref name="labels"/> and the preparation of <paramref name="options"/>.</summary>
    /// <exception cref="ArgumentException">The table has more than 255 classes, or an option is out of range.</exception>
    public SliceLoader(LabelTable labels, PreprocessingOptions options)
    {
        if (labels.ClassCount > byte.MaxValue)
        {
            throw new ArgumentException($"The label table '{labels.Name}' has {labels.ClassCount} classes; training takes at most {byte.MaxValue}. Merge classes, or send some to the background.", nameof(labels));
        }
        (_labels, _options) = (labels, options);
        (_volumes, _arrays) = (new(options.ForFile(hasGeometry: true)), new(options.ForFile(hasGeometry: false)));
    }

    /// <summary>All slices of <paramref name="files"/>, in their order. Files are read in parallel; <paramref name="progress"/> gets the number read.</summary>
    /// <exception cref="VolumeFormatException">A file is damaged, or image and label have different shapes or places, or a voxel is NaN or infinite.</exception>
    /// <exception cref="LabelTableException">A label map holds an id that the table does not know.</exception>
    public IReadOnlyList<StoredSlice> Load(IReadOnlyList<LabelledFile> files, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        var read = 0;
        var slices = new IReadOnlyList<StoredSlice>[files.Count];
        try
        {
            Parallel.For(0, files.Count, new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount }, index =>
            {
                slices[index] = Read(files[index]);
                progress?.Report(Interlocked.Increment(ref read));
            });
        }
        catch (AggregateException several)
        {
            // One fault is enough to act on; files that were being read at the same time may have others.
            throw Rethrow(several.InnerExceptions[0]);
        }
        return [.. slices.SelectMany(list => list)];
    }

    private static Exception Rethrow(Exception fault)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        return fault;
    }

    private StoredSlice[] Read(LabelledFile file)
    {
        var image = VolumeFile.ReadImage(file.ImagePath);
        RefuseNonFinite(file.ImagePath, image);
        var label = _labels.Map(VolumeFile.ReadLabels(file.LabelPath), file.LabelPath);
        CheckPair(file, image.Geometry, label.Geometry);
        var hasGeometry = VolumeFile.Identify(file.ImagePath).HasGeometry;
        if (_options.Orientation is { } codes && hasGeometry)
        {
            image = Orientation.Reorient(image, codes);
            label = Orientation.Reorient(label, codes);
        }
        var (height, width) = (image.Geometry.Height, image.Geometry.Width);
        var preparation = hasGeometry ? _volumes : _arrays;
        var stored = preparation.StoredSize(height, width);
        var slices = new StoredSlice[image.Geometry.Depth];
        for (var z = 0; z < slices.Length; z++)
        {
            slices[z] = new(file.Name, file.SliceIndex ?? z, stored.Height, stored.Width,
                preparation.ToStored(image.Slice(z), height, width), preparation.LabelToStored(ToBytes(label.Slice(z)), height, width));
        }
        return slices;
    }

    /// <summary>Prediction may pass over a voxel without a value; what a network learns from must be what the file was meant to hold.</summary>
    private static void RefuseNonFinite(string path, Volume<float> image)
    {
        var at = Array.FindIndex(image.Voxels, voxel => !float.IsFinite(voxel));
        if (at >= 0)
        {
            var (grid, count) = (image.Geometry, image.Voxels.Count(voxel => !float.IsFinite(voxel)));
            throw new VolumeFormatException(path, $"voxel (x {at % grid.Width}, y {at / grid.Width % grid.Height}, z {at / grid.SliceLength})", "a finite intensity",
                FormattableString.Invariant($"{image.Voxels[at]} ({count} such voxels)"));
        }
    }

    private static void CheckPair(LabelledFile file, Geometry image, Geometry label)
    {
        if ((image.Depth, image.Height, image.Width) != (label.Depth, label.Height, label.Width))
        {
            throw new VolumeFormatException(file.LabelPath, "shape", $"that of its image {file.ImagePath}, {image}", label.ToString());
        }
        if (!image.Matches(label, toleranceMm: 0.5 * Math.Min(image.SpacingMm.X, Math.Min(image.SpacingMm.Y, image.SpacingMm.Z))))
        {
            throw new VolumeFormatException(file.LabelPath, "place in the patient", $"that of its image {file.ImagePath}, {image}", label.ToString());
        }
    }

    private static byte[] ToBytes(ReadOnlySpan<ushort> ids)
    {
        var bytes = new byte[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            bytes[i] = checked((byte)ids[i]);
        }
        return bytes;
    }
}
