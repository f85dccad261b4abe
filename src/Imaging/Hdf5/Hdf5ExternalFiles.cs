using System.Reflection;
using PureHDF.VOL.Native;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>Refuses datasets whose elements stand in other files (HDF5 file format specification, "External Data Files" message): a file from elsewhere
/// could name any file of this machine, or a pipe that never ends.</summary>
internal static class Hdf5ExternalFiles
{
    // The library opens the named files by absolute path, whatever prefix it is given, and tells of the message only inside: asked here for what it
    // would itself go by, so that no two readings of one header can differ.
    private const string MessageProperty = "InternalExternalFileList";
    private static readonly PropertyInfo? Message = typeof(NativeDataset).GetProperty(MessageProperty, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    /// <exception cref="VolumeFormatException">The dataset has a list of external files. None of them was opened.</exception>
    public static void Refuse(NativeDataset dataset, string name, string path)
    {
        var property = Message ?? throw new MissingMemberException(nameof(NativeDataset), MessageProperty);
        if (property.GetValue(dataset) is not null)
        {
            throw new VolumeFormatException(path, $"dataset '{name}' storage", "elements inside the file", "a list of external files, which are not opened; copy the data into the file (h5repack)");
        }
    }
}
