using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Slices;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>A NIfTI file at its voxels.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Type">Type of the voxels.</param>
/// <param name="Stream">At the next voxel.</param>
/// <param name="IsCompressed">Whether the length of the data is known at their end only.</param>
/// <param name="Path">The file that holds the voxels.</param>
internal sealed record OpenNifti(NiftiHeader Header, NiftiDataType Type, Stream Stream, bool IsCompressed, string Path) : IDisposable
{
    /// <summary>Checks the size of a file that is not compressed, whose <paramref name="length"/> is known.</summary>
    /// <exception cref="VolumeFormatException">The voxels are no numbers, or do not fit into the file.</exception>
    public static OpenNifti Of(NiftiHeader header, Stream stream, long? length, string path)
    {
        var type = NiftiDataType.Of(header.DataTypeCode, path);
        _ = type.Reader(path);
        var bytes = (long)header.Width * header.Height * header.Depth * type.Size;
        return length is { } whole && header.VoxelOffset + bytes > whole
            ? throw new VolumeFormatException(path, "image data", $"{bytes} bytes for {string.Join("x", header.Shape)} of {type.Name} from byte {header.VoxelOffset}", $"a file of {whole} bytes")
            : new(header, type, stream, length is null, path);
    }

    /// <summary>Reads the next voxels; after the last ones the end of compressed data is checked.</summary>
    public Array Read(int count, bool isLast, Array? reuse)
    {
        var data = Type.Reader(Path)(new NiftiVoxels(Stream, count, !IsCompressed, Header.BigEndian, Path) { Reuse = reuse });
        if (isLast && IsCompressed)
        {
            GzipInput.VerifyEnd(Stream, Path);
        }
        return data;
    }

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();
}

/// <summary>The slices of a NIfTI file.</summary>
internal sealed class NiftiSlices(string path, OpenNifti file) : StoredSlices(path, NiftiGeometry.Of(file.Header), file.Header.Slope, file.Header.Intercept)
{
    private Array? _slice;

    /// <inheritdoc/>
    public override Array Read(int z) => _slice = file.Read(Geometry.SliceLength, z == Geometry.Depth - 1, _slice);

    /// <inheritdoc/>
    public override void Dispose() => file.Dispose();
}
