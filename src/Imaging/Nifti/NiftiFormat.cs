using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>NIfTI in the table of formats.</summary>
internal sealed class NiftiFormat : VolumeFormat
{
    public override IReadOnlyList<string> Extensions { get; } = [".nii", ".nii.gz", ".hdr", ".hdr.gz"];

    public override IReadOnlyList<string> PartnerExtensions { get; } = [".img", ".img.gz"];

    public override bool Matches(ReadOnlySpan<byte> start) => NiftiHeader.IsMagic(start) || GzipInput.IsMagic(start);

    public override VolumeInfo Identify(string path) => NiftiReader.Identify(path);

    public override Volume<float> ReadImage(string path) => NiftiReader.ReadImage(path);

    public override LabelVolume ReadLabels(string path) => NiftiReader.ReadLabels(path);

    public override SliceReader<float> OpenImage(string path) => new ImageSliceReader(NiftiReader.Open(path));

    public override SliceReader<ushort> OpenLabels(string path) => new LabelSliceReader(NiftiReader.Open(path));

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description)
    {
        RefusePairs(path);
        switch (storage)
        {
            case ImageStorage.Int16:
                NiftiWriter.Write(path, image.Geometry, NiftiWriter.ToInteger<short>(image), NiftiDataType.Int16, description, false);
                break;
            case ImageStorage.UInt8:
                NiftiWriter.Write(path, image.Geometry, NiftiWriter.ToInteger<byte>(image), NiftiDataType.UInt8, description, false);
                break;
            case ImageStorage.UInt16:
                NiftiWriter.Write(path, image.Geometry, NiftiWriter.ToInteger<ushort>(image), NiftiDataType.UInt16, description, false);
                break;
            default:
                NiftiWriter.Write(path, image.Geometry, image.Voxels, NiftiDataType.Float32, description, false);
                break;
        }
    }

    public override void Write(string path, LabelVolume labels, string description)
    {
        RefusePairs(path);
        if (labels.Voxels.Any(id => id > byte.MaxValue))
        {
            NiftiWriter.Write(path, labels.Geometry, labels.Voxels, NiftiDataType.UInt16, description, true);
        }
        else
        {
            NiftiWriter.Write(path, labels.Geometry, Array.ConvertAll(labels.Voxels, id => (byte)id), NiftiDataType.UInt8, description, true);
        }
    }

    private static void RefusePairs(string path)
    {
        if (path.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".hdr.gz", StringComparison.OrdinalIgnoreCase))
        {
            throw new NotSupportedException($"{path}: NIfTI is written as one file, .nii or .nii.gz.");
        }
    }
}
