using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Writes prediction, image and reference of a case as the reference's test program names them.</summary>
/// <param name="Folder">Where to.</param>
/// <param name="PaperGeometry">Whether the place of the voxels is dropped as the reference drops it.</param>
internal sealed record SavedVolumes(string Folder, bool PaperGeometry)
{
    /// <summary>What is saved of a case.</summary>
    public static readonly IReadOnlyList<string> Kinds = ["pred", "img", "gt"];

    private const string Description = VolumePrediction.FileDescription;

    /// <summary>Writes CASE_pred, CASE_img and CASE_gt. The image is what the network was given before resizing: windowed to 0..1 where a window applies; of a colour picture the mean of its channels.</summary>
    public void Write(string name, LabelVolume prediction, IReadOnlyList<Volume<float>> channels, LabelVolume reference, PreprocessingOptions options)
    {
        var windowed = Windowed(Mean(channels), options);
        if (!PaperGeometry)
        {
            VolumeFile.Write(PathOf(name, "pred"), prediction, Description);
            VolumeFile.Write(PathOf(name, "img"), windowed);
            VolumeFile.Write(PathOf(name, "gt"), reference, Description);
            return;
        }
        var geometry = Unplaced(windowed.Geometry);
        VolumeFile.Write(PathOf(name, "pred"), AsFloats(prediction, geometry), ImageStorage.Float32, Description);
        VolumeFile.Write(PathOf(name, "img"), new Volume<float>(geometry, windowed.Voxels));
        VolumeFile.Write(PathOf(name, "gt"), AsFloats(reference, geometry), ImageStorage.Float32, Description);
    }

    // SimpleITK's identity directions point to the patient's left and back; NIfTI counts to the right and front.
    private static Geometry Unplaced(Geometry geometry) => new(geometry.Depth, geometry.Height, geometry.Width, Affine.Diagonal(-1, -1, 1));

    private static Volume<float> AsFloats(LabelVolume labels, Geometry geometry) => new(geometry, Array.ConvertAll(labels.Voxels, id => (float)id));

    private static Volume<float> Mean(IReadOnlyList<Volume<float>> channels)
    {
        if (channels.Count == 1)
        {
            return channels[0];
        }
        var mean = new Volume<float>(channels[0].Geometry);
        for (var i = 0; i < mean.Voxels.Length; i++)
        {
            mean.Voxels[i] = channels.Average(channel => channel.Voxels[i]);
        }
        return mean;
    }

    private static Volume<float> Windowed(Volume<float> image, PreprocessingOptions options)
    {
        if (options is not { WindowMin: { } min, WindowMax: { } max })
        {
            return image;
        }
        var voxels = new float[image.Voxels.Length];
        HuWindow.Normalize(image.Voxels, voxels, min, max);
        return new(image.Geometry, voxels);
    }

    /// <summary>The file of one of <see cref="Kinds"/>.</summary>
    public static string NameOf(string name, string what) => $"{name}_{what}.nii.gz";

    private string PathOf(string name, string what) => Path.Combine(Folder, NameOf(name, what));
}
