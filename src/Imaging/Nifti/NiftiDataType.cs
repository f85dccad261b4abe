using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>One element type of the NIfTI standard (nifti1.h, "datatype").</summary>
/// <param name="Code">The header's code.</param>
/// <param name="Name">Its name, as NumPy has it.</param>
/// <param name="Size">Bytes per voxel.</param>
/// <param name="Load">Reads that many voxels, in the file's byte order; null for types that are no single number.</param>
internal sealed record NiftiDataType(int Code, string Name, int Size, Func<NiftiVoxels, Array>? Load)
{
    public const int UInt8 = 2, Int16 = 4, Float32 = 16, UInt16 = 512;

    private static readonly NiftiDataType[] All =
    [
        new(UInt8, "uint8", 1, voxels => voxels.Read<byte>()), new(Int16, "int16", 2, voxels => voxels.Read<short>()),
        new(8, "int32", 4, voxels => voxels.Read<int>()), new(Float32, "float32", 4, voxels => voxels.Read<float>()),
        new(64, "float64", 8, voxels => voxels.Read<double>()), new(256, "int8", 1, voxels => voxels.Read<sbyte>()),
        new(UInt16, "uint16", 2, voxels => voxels.Read<ushort>()), new(768, "uint32", 4, voxels => voxels.Read<uint>()),
        new(1024, "int64", 8, voxels => voxels.Read<long>()), new(1280, "uint64", 8, voxels => voxels.Read<ulong>()),
        new(32, "complex64", 8, null), new(128, "rgb24", 3, null), new(1536, "float128", 16, null), new(1792, "complex128", 16, null),
        new(2048, "complex256", 32, null), new(2304, "rgba32", 4, null),
    ];

    /// <summary>The type of a code.</summary>
    /// <exception cref="VolumeFormatException">The standard has no such code, or no voxels (0, 1).</exception>
    public static NiftiDataType Of(int code, string path) => Array.Find(All, type => type.Code == code)
        ?? throw new VolumeFormatException(path, "datatype", $"one of {string.Join(", ", All.Where(type => type.Load is not null).Select(type => $"{type.Code} ({type.Name})"))}", $"{code}");

    /// <summary>The reader of the voxels.</summary>
    /// <exception cref="VolumeFormatException">The type is no single number per voxel.</exception>
    public Func<NiftiVoxels, Array> Reader(string path) => Load
        ?? throw new VolumeFormatException(path, "datatype", "one number per voxel (an integer or a float of up to 64 bits)", $"{Code} ({Name}); convert the file to one channel first");
}

/// <summary>Where the voxels of one file are read from.</summary>
internal sealed record NiftiVoxels(Stream Stream, int Count, bool LengthIsProven, bool BigEndian, string Path)
{
    /// <summary>An array of the type and length of the voxels that may be overwritten; null for none.</summary>
    public Array? Reuse { get; init; }

    /// <summary>The voxels in this machine's byte order, x fastest.</summary>
    public T[] Read<T>()
        where T : unmanaged
    {
        var data = ArrayReader.Read(Stream, Count, LengthIsProven, Path, "image data", (T[]?)Reuse);
        if (BigEndian == BitConverter.IsLittleEndian)
        {
            ByteOrder.Reverse<T>(data);
        }
        return data;
    }
}
