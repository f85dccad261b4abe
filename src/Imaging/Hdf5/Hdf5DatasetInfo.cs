using PureHDF;
using PureHDF.Selections;
using PureHDF.VOL.Native;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Hdf5;

/// <summary>Type and shape of a dataset, checked against the size of the file.</summary>
internal sealed record Hdf5DatasetInfo(string Name, Type ElementType, string TypeName, int[] Shape)
{
    /// <summary>Number of chunks; 0 for other layouts.</summary>
    public double ChunkCount => _chunks is null ? 0 : CountChunks(0);

    /// <summary>No filter that is read shrinks data more than deflate's 1032 times.</summary>
    private const double MaxExpansion = 1100;

    /// <summary>Space for datasets whose chunks were never written and hold the fill value.</summary>
    private const double AlwaysAllowedBytes = 1 << 20;

    private const double MaxCacheBytes = 1 << 29;
    private ulong[]? _chunks;
    private double _chunkBytes;

    /// <exception cref="VolumeFormatException">The dataset is not numeric, or larger than the file can hold.</exception>
    public static Hdf5DatasetInfo Of(IH5Dataset dataset, string name, string path, long fileLength)
    {
        var field = $"dataset '{name}' ";
        var (type, typeName) = TypeOf(dataset.Type, path, field + "type");
        var dimensions = dataset.Space.Dimensions;
        var bytes = (double)dataset.Type.Size;
        foreach (var size in dimensions)
        {
            bytes *= size;
        }
        var chunked = dataset.Layout.Class == H5DataLayoutClass.Chunked;
        if (!chunked && dataset.Layout.Class is not (H5DataLayoutClass.Contiguous or H5DataLayoutClass.Compact))
        {
            throw new VolumeFormatException(path, field + "layout", "contiguous, compact or chunked", dataset.Layout.Class.ToString());
        }
        var limit = chunked ? Math.Max(AlwaysAllowedBytes, fileLength * MaxExpansion) : fileLength;
        var chunks = chunked ? dataset.Layout.Chunks : null;
        var chunkBytes = chunks?.Aggregate((double)dataset.Type.Size, (product, size) => product * size) ?? 0;
        if (chunks is not null && (chunks.Length < dimensions.Length || chunks.Contains(0ul)))
        {
            throw new VolumeFormatException(path, field + "chunk size", $"{dimensions.Length} sizes above 0", string.Join(", ", chunks));
        }
        if (bytes > limit || chunkBytes > limit || bytes / dataset.Type.Size > Array.MaxLength || dimensions.Any(size => size > int.MaxValue))
        {
            throw new VolumeFormatException(path, field + "shape", $"at most what a file of {fileLength} bytes can hold", $"({string.Join(", ", dimensions)}) of {typeName}");
        }
        return new Hdf5DatasetInfo(name, type, typeName, Array.ConvertAll(dimensions, size => (int)size)) { _chunks = chunks, _chunkBytes = chunkBytes };
    }

    /// <summary>The elements, in C order.</summary>
    public NpyArray Read(NativeDataset dataset, string path)
    {
        return Shape.Contains(0) ? new NpyArray(Array.CreateInstance(ElementType, 0), Shape) : new NpyArray(Read(dataset, path, Shape, selection: null), Shape);
    }

    /// <summary>The elements of the slices from <paramref name="first"/> on of a dataset (z, y, x) or (y, x), in C order.</summary>
    public Array ReadSlices(NativeDataset dataset, string path, int first, int count)
    {
        if (Shape.Length < 3)
        {
            return Read(dataset, path, Shape, selection: null);
        }
        int[] shape = [count, Shape[1], Shape[2]];
        return Read(dataset, path, shape, new HyperslabSelection(3, [(ulong)first, 0, 0], Array.ConvertAll(shape, size => (ulong)size)));
    }

    /// <summary>Slices that are stored together and so are read together.</summary>
    public int SlicesPerLayer => _chunks is null || Shape.Length < 3 ? 1 : (int)Math.Min(_chunks[0], (ulong)Shape[0]);

    private Array Read(NativeDataset dataset, string path, int[] shape, Selection? selection)
    {
        var access = new H5DatasetAccess(ChunkCache: Cache());
        Array data = Type.GetTypeCode(ElementType) switch
        {
            TypeCode.Boolean => Array.ConvertAll(dataset.Read<byte[]>(access, selection), value => value != 0),
            TypeCode.SByte => dataset.Read<sbyte[]>(access, selection),
            TypeCode.Byte => dataset.Read<byte[]>(access, selection),
            TypeCode.Int16 => dataset.Read<short[]>(access, selection),
            TypeCode.UInt16 => dataset.Read<ushort[]>(access, selection),
            TypeCode.Int32 => dataset.Read<int[]>(access, selection),
            TypeCode.UInt32 => dataset.Read<uint[]>(access, selection),
            TypeCode.Int64 => dataset.Read<long[]>(access, selection),
            TypeCode.UInt64 => dataset.Read<ulong[]>(access, selection),
            TypeCode.Single => dataset.Read<float[]>(access, selection),
            TypeCode.Double => dataset.Read<double[]>(access, selection),
            _ => dataset.Read<Half[]>(access, selection),
        };
        var count = shape.Aggregate(1, (product, size) => product * size);
        return data.Length == count ? data : throw new VolumeFormatException(path, $"dataset '{Name}'", $"{count} elements", $"{data.Length}");
    }

    /// <summary>Room for one layer of chunks along the first axis: the elements are asked for in C order, so that each chunk is then decoded once.</summary>
    private SimpleReadingChunkCache? Cache()
    {
        if (_chunks is null)
        {
            return null;
        }
        var slots = CountChunks(1) + 1;
        return new SimpleReadingChunkCache((int)Math.Min(slots, 1 << 20), (ulong)Math.Min(slots * _chunkBytes, MaxCacheBytes));
    }

    /// <summary>Number of chunks along the axes from <paramref name="firstAxis"/> on.</summary>
    private double CountChunks(int firstAxis)
    {
        var count = 1.0;
        for (var axis = firstAxis; axis < Shape.Length; axis++)
        {
            count *= Math.Ceiling(Shape[axis] / (double)_chunks![axis]);
        }
        return count;
    }

    private static (Type Type, string Name) TypeOf(IH5DataType type, string path, string field) => (type.Class, type.Size) switch
    {
        (H5DataTypeClass.FixedPoint, 1) => type.FixedPoint.IsSigned ? (typeof(sbyte), "int8") : (typeof(byte), "uint8"),
        (H5DataTypeClass.FixedPoint, 2) => type.FixedPoint.IsSigned ? (typeof(short), "int16") : (typeof(ushort), "uint16"),
        (H5DataTypeClass.FixedPoint, 4) => type.FixedPoint.IsSigned ? (typeof(int), "int32") : (typeof(uint), "uint32"),
        (H5DataTypeClass.FixedPoint, 8) => type.FixedPoint.IsSigned ? (typeof(long), "int64") : (typeof(ulong), "uint64"),
        (H5DataTypeClass.FloatingPoint, 2) => (typeof(Half), "float16"),
        (H5DataTypeClass.FloatingPoint, 4) => (typeof(float), "float32"),
        (H5DataTypeClass.FloatingPoint, 8) => (typeof(double), "float64"),
        (H5DataTypeClass.Enumerated, 1) => (typeof(bool), "bool"),
        _ => throw new VolumeFormatException(path, field, "integers of 1, 2, 4 or 8 bytes or floats of 2, 4 or 8 bytes", $"{type.Class} of {type.Size} bytes"),
    };
}
