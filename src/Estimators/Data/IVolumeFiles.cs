using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>How files are read, so that tests can count what is read and when.</summary>
internal interface IVolumeFiles
{
    /// <summary>Header of an image.</summary>
    VolumeInfo IdentifyImage(string path);

    /// <summary>Header of a label map.</summary>
    VolumeInfo IdentifyLabels(string path);

    /// <summary>An image, one volume for each channel.</summary>
    IReadOnlyList<Volume<float>> ReadChannels(string path);

    /// <summary>A label map with the file's own ids.</summary>
    LabelVolume ReadLabels(string path);
}

/// <summary>The files themselves.</summary>
internal sealed class VolumeFiles : IVolumeFiles
{
    public static VolumeFiles Instance { get; } = new();

    public VolumeInfo IdentifyImage(string path) => VolumeFile.IdentifyImage(path);

    public VolumeInfo IdentifyLabels(string path) => VolumeFile.IdentifyLabels(path);

    public IReadOnlyList<Volume<float>> ReadChannels(string path) => VolumeFile.ReadChannels(path);

    public LabelVolume ReadLabels(string path) => VolumeFile.ReadLabels(path);
}
