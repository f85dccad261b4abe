namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>What the kinds of pictures have in common: one slice without a place, intensities in 0..1, grey or in colour.</summary>
internal abstract class PictureFormat : VolumeFormat
{
    /// <inheritdoc/>
    public sealed override bool IsPicture => true;

    /// <inheritdoc/>
    public sealed override Volume<float> ReadImage(string path) => ReadChannels(path) is [var grey] ? grey : throw new VolumeFormatException(path, "channels",
        "a grey picture", "a picture in colour; a model for colour takes it (samed train --channels rgb, PreprocessingOptions.Channels = 3), or make it grey first");

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Volume<float>> ReadChannels(string path) => PictureValues.ToChannels(Read(path));

    /// <inheritdoc/>
    public override LabelVolume ReadLabels(string path) => PictureValues.ToLabels(Read(path));

    /// <summary>Decodes the file.</summary>
    protected abstract Picture Read(string path);

    /// <summary>What a header says.</summary>
    protected static VolumeInfo Describe(string path, string format, int height, int width, int channels, string type) => new()
    {
        Path = path,
        Format = format,
        Geometry = Geometry.Unplaced(1, height, width),
        HasGeometry = false,
        IsPicture = true,
        ChannelCount = channels,
        StoredType = type,
        Shape = channels == 1 ? [height, width] : [height, width, channels],
    };
}
