using SAMed.MLNet.Imaging.Nifti;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging;

/// <summary>Writes several volumes on one grid into one file, such as a probability per class: one volume after the other, so that only one need be in memory.</summary>
public static class VolumeSeries
{
    private static readonly string[] s_endings = [".nii.gz", ".nii", ".npz"];

    /// <summary>Writes <paramref name="count"/> volumes as float32: .nii and .nii.gz as a 4-D image (x, y, z, t = volume), .npz as one array [count, D, H, W] of that <paramref name="name"/>.
    /// The file appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="geometry">The grid of every volume.</param>
    /// <param name="count">Number of volumes, at least 1.</param>
    /// <param name="volume">Gives volume n, [D, H, W]; asked once for each, in order.</param>
    /// <param name="name">Name of the array in .npz; description in the header of NIfTI, up to 79 bytes.</param>
    /// <exception cref="NotSupportedException">The ending is none of these.</exception>
    /// <exception cref="ArgumentException">A volume is on another grid, or the grid does not fit the format.</exception>
    /// <exception cref="IOException">The file cannot be written; an older one of that name is untouched.</exception>
    public static void Write(string path, Geometry geometry, int count, Func<int, float[]> volume, string name)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        RequireWritable(path);
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            NpzFile.WriteParts(path, name, [count, geometry.Depth, geometry.Height, geometry.Width], Volumes());
        }
        else
        {
            NiftiWriter.WriteSeries(path, geometry, count, Volumes(), name);
        }

        IEnumerable<float[]> Volumes()
        {
            for (var n = 0; n < count; n++)
            {
                var voxels = volume(n);
                yield return voxels.Length == geometry.VoxelCount
                    ? voxels
                    : throw new ArgumentException($"Volume {n} has {voxels.Length} voxels, expected {geometry.VoxelCount}.", nameof(volume));
            }
        }
    }

    /// <summary>Refuses a name that <see cref="Write"/> has no format for.</summary>
    /// <exception cref="NotSupportedException">The ending is none of .nii.gz, .nii and .npz.</exception>
    public static void RequireWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!s_endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            throw new NotSupportedException($"{path}: several volumes in one file are written as .nii.gz, .nii or .npz.");
        }
    }
}
