using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Reads images and their label maps: checks by the headers that they belong together, maps ids to classes, refuses what nothing can be learned from, and
/// brings both to one orientation. Safe to use from several threads.</summary>
internal sealed class CaseReader
{
    private readonly LabelTable? _labels;
    private readonly string? _orientation;
    private readonly int _channels;
    private readonly IVolumeFiles _files;

    /// <summary>Reads with the ids of <paramref name="labels"/>, or the ids as stored when that is null, and images of <paramref name="channels"/> channels.</summary>
    /// <exception cref="ArgumentException">The table has more than 255 classes.</exception>
    public CaseReader(LabelTable? labels, string? orientation, int channels = 1, IVolumeFiles? files = null)
    {
        if (labels?.ClassCount > byte.MaxValue)
        {
            throw new ArgumentException($"The label table '{labels.Name}' has {labels.ClassCount} classes; training takes at most {byte.MaxValue}. Merge classes, or send some to the background.", nameof(labels));
        }
        (_labels, _orientation, _channels, _files) = (labels, orientation, channels, files ?? VolumeFiles.Instance);
    }

    /// <summary>Reads the headers of image and label map, and no voxel.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="VolumeFormatException">A header makes no sense, or image and label have different shapes or places.</exception>
    public CaseHeader ReadHeader(CaseFiles files)
    {
        var image = SingleVolume(_files.IdentifyImage(files.ImagePath));
        var header = new CaseHeader(files, image.Geometry, Deliver(files.ImagePath, image), image.HasGeometry);
        if (files.SliceIndex is { } slice && header.Depth != 1)
        {
            throw new VolumeFormatException(files.ImagePath, "shape", $"one slice, slice {slice} of the case {files.Name}", image.Geometry.ToString());
        }
        if (files.LabelPath is { } labelPath)
        {
            CheckPair(files, image.Geometry, SingleVolume(_files.IdentifyLabels(labelPath)).Geometry);
        }
        return header;
    }

    /// <summary>The image as delivered, in the file's intensities, of a reader of one channel.</summary>
    /// <exception cref="VolumeFormatException">As <see cref="ReadChannels"/>.</exception>
    public Volume<float> ReadImage(CaseHeader header) => ReadChannels(header).Single();

    /// <summary>The image as delivered, in the file's intensities, a volume for each of the channels that were asked for.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged, another than when its header was read, a picture in colour where grey is wanted, or a voxel of a labelled
    /// image is NaN or infinite.</exception>
    public IReadOnlyList<Volume<float>> ReadChannels(CaseHeader header)
    {
        var path = header.Files.ImagePath;
        var channels = _files.ReadChannels(path);
        RefuseChanged(path, header, channels[0].Geometry, sameGrid: true);
        if (header.Files.LabelPath is not null)
        {
            foreach (var channel in channels)
            {
                RefuseNonFinite(path, channel);
            }
        }
        return ImageChannels.Fit(IsReoriented(header) ? [.. channels.Select(channel => Orientation.Reorient(channel, _orientation!))] : channels, _channels, path);
    }

    /// <summary>The class ids as delivered.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged, another than when its header was read, or, without a table, an id is above 255.</exception>
    /// <exception cref="LabelTableException">The map holds an id that the table does not know.</exception>
    public Volume<byte> ReadLabels(CaseHeader header)
    {
        var path = header.Files.LabelPath ?? throw new InvalidOperationException($"{header.Files.ImagePath} has no label map.");
        var raw = _files.ReadLabels(path);
        RefuseChanged(path, header, raw.Geometry, sameGrid: false);
        // The image's grid counts: the label's own may differ by a rounding.
        var ids = new Volume<byte>(header.Stored, ToBytes(_labels is null ? RefuseLarge(raw, path) : _labels.Map(raw, path)));
        return IsReoriented(header) ? Orientation.Reorient(ids, _orientation!) : ids;
    }

    private static VolumeInfo SingleVolume(VolumeInfo info) => info.VolumeCount == 1
        ? info
        : throw new VolumeFormatException(info.Path, "shape", "one volume", $"{string.Join("x", info.Shape)}: {info.VolumeCount} volumes; take one of them out first");

    private Geometry Deliver(string path, VolumeInfo image)
    {
        if (_orientation is null || !image.HasGeometry)
        {
            return image.Geometry;
        }
        try
        {
            return Orientation.Reorient(image.Geometry, _orientation);
        }
        catch (ArgumentException fault)
        {
            throw new VolumeFormatException(path, "affine", $"axes that can be brought to {_orientation}", fault.Message, fault);
        }
    }

    /// <summary>Axes that point as wanted already give the same grid: then nothing is copied.</summary>
    private static bool IsReoriented(CaseHeader header) => header.Delivered != header.Stored;

    private static void CheckPair(CaseFiles files, Geometry image, Geometry label)
    {
        if (!SameShape(image, label))
        {
            throw new VolumeFormatException(files.LabelPath!, "shape", $"that of its image {files.ImagePath}, {image}", label.ToString());
        }
        if (!image.Matches(label, toleranceMm: 0.5 * Math.Min(image.SpacingMm.X, Math.Min(image.SpacingMm.Y, image.SpacingMm.Z))))
        {
            throw new VolumeFormatException(files.LabelPath!, "place in the patient", $"that of its image {files.ImagePath}, {image}", label.ToString());
        }
    }

    /// <summary>The rows were counted by the headers; a file that was replaced since then would give others.</summary>
    private static void RefuseChanged(string path, CaseHeader header, Geometry found, bool sameGrid)
    {
        if (!SameShape(header.Stored, found) || (sameGrid && found != header.Stored))
        {
            throw new VolumeFormatException(path, "grid", $"{header.Stored}, as when its header was read", $"{found}; the file has changed since then");
        }
    }

    private static bool SameShape(Geometry one, Geometry other) => (one.Depth, one.Height, one.Width) == (other.Depth, other.Height, other.Width);

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

    private static LabelVolume RefuseLarge(LabelVolume raw, string path)
    {
        var largest = raw.Voxels.Max();
        return largest <= byte.MaxValue
            ? raw
            : throw new VolumeFormatException(path, "labels", $"ids from 0 to {byte.MaxValue}", $"the id {largest}; give a label table that says which class it is");
    }

    private static byte[] ToBytes(LabelVolume ids)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(ids.Voxels.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = checked((byte)ids.Voxels[i]);
        }
        return bytes;
    }
}
