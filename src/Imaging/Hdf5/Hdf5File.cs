using PureHDF;
using PureHDF.VOL.Native;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>Reads and writes numeric datasets in the root group of HDF5 files: contiguous, compact and chunked layout; gzip, shuffle, Fletcher-32
/// and scale-offset filters; little-endian integers of 8 to 64 bits, floats of 16 to 64 bits, and h5py's truth values.</summary>
public static class Hdf5File
{
    /// <summary>The names of the datasets in the root group.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">It is no HDF5 file, or it is damaged.</exception>
    public static IReadOnlyList<string> Names(string path) => Hdf5Guard.Run<IReadOnlyList<string>>(path, "file", file => NamesOf(file.Root));

    /// <summary>Reads a dataset.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">No such dataset, a filter or type that is not read, or damage.</exception>
    public static NpyArray Read(string path, string dataset) => Hdf5Guard.Run(path, $"dataset '{dataset}'", file =>
    {
        var (found, info) = Find(file, path, dataset);
        file.Stream.AllowChunks(info.ChunkCount);
        return info.Read(found, path);
    });

    /// <summary>Writes datasets, contiguous and little endian, as h5py does by default; the file appears whole or not at all.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, NpyArray>> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        Hdf5Writer.Write(path, arrays);
    }

    /// <summary>The slices of a dataset, (z, y, x) or (y, x), which keep the file open.</summary>
    internal static Hdf5Slices OpenSlices(string path, string dataset)
    {
        var field = $"dataset '{dataset}'";
        var file = Hdf5Guard.Open(path, field);
        try
        {
            return file.Run(field, opened =>
            {
                var (found, info) = Find(opened, path, dataset);
                opened.Stream.AllowChunks(info.ChunkCount);
                return new Hdf5Slices(path, opened, found, info);
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Type and shape of a dataset, without its data.</summary>
    internal static Hdf5DatasetInfo Identify(string path, params string[] candidates) => Hdf5Guard.Run(path, "file", file =>
    {
        var name = Array.Find(candidates, file.Root.LinkExists) ?? candidates[0];
        return Find(file, path, name).Info;
    });

    private static (NativeDataset Dataset, Hdf5DatasetInfo Info) Find(Hdf5Guard.OpenFile file, string path, string name)
    {
        if (!file.Root.LinkExists(name))
        {
            var names = NamesOf(file.Root);
            throw new VolumeFormatException(path, "datasets", $"one named '{name}'", names.Length == 0 ? "none" : string.Join(", ", names.Take(20)));
        }
        var dataset = (NativeDataset)file.Root.Dataset(name);
        Hdf5ExternalFiles.Refuse(dataset, name, path);
        return (dataset, Hdf5DatasetInfo.Of(dataset, name, path, file.Stream.Length));
    }

    private static string[] NamesOf(NativeFile root) => [.. root.Children().OfType<IH5Dataset>().Select(dataset => dataset.Name)];
}
