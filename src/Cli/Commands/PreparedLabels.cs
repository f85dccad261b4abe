using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Commands;

/// <summary>Label files that hold image and classes together, as <c>samed preprocess</c> writes them: mapping their ids by the preset's table once more would make other organs of them.</summary>
internal static class PreparedLabels
{
    /// <summary>Refuses a folder of label maps with such files.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void Refuse(string folder)
    {
        if (Directory.Exists(folder) && VolumeFile.FilesIn(folder).FirstOrDefault(IsPrepared) is { } path)
        {
            throw new UsageException($"{path} holds image and label together, as prepared files do, whose ids are classes already; --preset synapse would map them a second time. "
                + "Give the folder by --data, or say by --label-table what the ids are.");
        }
    }

    private static bool IsPrepared(string path)
    {
        try
        {
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".h5" or ".hdf5" => Both(Hdf5File.Names(path)),
                ".npz" => Both(NpzNames(path)),
                _ => false,
            };
        }
        // A damaged file is told with its case.
        catch (VolumeFormatException)
        {
            return false;
        }
    }

    private static IReadOnlyList<string> NpzNames(string path)
    {
        using var file = NpzFile.Open(path);
        return [.. file.Names];
    }

    private static bool Both(IReadOnlyCollection<string> names) => names.Contains("image") && names.Contains("label");
}
