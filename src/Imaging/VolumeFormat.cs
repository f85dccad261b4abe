using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging;

/// <summary>One kind of file in the table of <see cref="VolumeFile"/>.</summary>
internal abstract class VolumeFormat
{
    /// <summary>Endings of file names, with the dot, lower case; a name counts as a case of its own only with one of these.</summary>
    public abstract IReadOnlyList<string> Extensions { get; }

    /// <summary>Further endings that can be read but belong to another file, such as the voxels of a pair.</summary>
    public virtual IReadOnlyList<string> PartnerExtensions => [];

    /// <summary>Whether files of this kind are pictures: one slice, grey or in colour, intensities in 0..1.</summary>
    public virtual bool IsPicture => false;

    /// <summary>Number of bytes that <see cref="Matches"/> wants to see.</summary>
    public virtual int MagicLength => 8;

    /// <summary>Whether a file that begins so is of this kind.</summary>
    public abstract bool Matches(ReadOnlySpan<byte> start);

    /// <summary>Header only.</summary>
    public abstract VolumeInfo Identify(string path);

    /// <summary>Header of the image only, for kinds of file that hold image and labels.</summary>
    public virtual VolumeInfo IdentifyImage(string path) => Identify(path);

    /// <summary>Header of the labels only, for kinds of file that hold image and labels.</summary>
    public virtual VolumeInfo IdentifyLabels(string path) => Identify(path);

    /// <summary>The image as float32.</summary>
    public abstract Volume<float> ReadImage(string path);

    /// <summary>The image as float32, one volume for each channel; only pictures have more than one.</summary>
    public virtual IReadOnlyList<Volume<float>> ReadChannels(string path) => [ReadImage(path)];

    /// <summary>The label map.</summary>
    public abstract LabelVolume ReadLabels(string path);

    /// <summary>The slices of the image, one after the other; kinds of file that override nothing are read whole.</summary>
    public virtual SliceReader<float> OpenImage(string path) => new VolumeSliceReader<float>(ReadImage(path));

    /// <summary>The slices of the label map, one after the other.</summary>
    public virtual SliceReader<ushort> OpenLabels(string path) => new VolumeSliceReader<ushort>(ReadLabels(path));

    /// <summary>Writes an image.</summary>
    public abstract void Write(string path, Volume<float> image, ImageStorage storage, string description);

    /// <summary>Writes a label map.</summary>
    public abstract void Write(string path, LabelVolume labels, string description);
}
