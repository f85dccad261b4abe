using PureHDF;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>Writes datasets into the root group of a new HDF5 file.</summary>
internal static class Hdf5Writer
{
    /// <summary>Contiguous layout, the element type of each array.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, NpyArray>> arrays)
    {
        var file = new H5File();
        foreach (var (name, array) in arrays)
        {
            file[name] = new H5Dataset(array.Data, fileDims: Array.ConvertAll(array.Shape, size => (ulong)size));
        }
        AtomicFile.Write(path, stream => file.Write(stream));
    }
}
