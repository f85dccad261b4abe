using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;

namespace TrainAndPredict;

/// <summary>Drawn patients as files, for those who have no data at hand.</summary>
internal static class Phantoms
{
    /// <summary>Writes <c>images/NAME.nii.gz</c> and <c>labels/NAME.nii.gz</c> below <paramref name="folder"/>; a folder that has images is left as it is.</summary>
    /// <returns>The folder.</returns>
    public static string Write(string folder, int patients)
    {
        if (Directory.Exists(Path.Combine(folder, "images")))
        {
            return folder;
        }
        Parallel.For(1, patients + 1, seed =>
        {
            var (hu, labels) = AbdomenPhantom.Create(seed, new PhantomOptions { Width = 80, Height = 72, Depth = 16 });
            VolumeFile.Write(Path.Combine(folder, "images", $"phantom_{seed:00}.nii.gz"), hu, ImageStorage.Int16);
            VolumeFile.Write(Path.Combine(folder, "labels", $"phantom_{seed:00}.nii.gz"), labels);
        });
        return folder;
    }
}
