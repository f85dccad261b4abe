using System.Runtime.InteropServices;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Probabilities of a volume on their way to a file. Slices come one after the other with all classes, files want one class after the other: in between they lie on
/// disk, in a scratch file beside the destination that goes away by itself.</summary>
internal sealed class ProbabilityFile : IDisposable
{
    private readonly string _path;
    private readonly Geometry _sliced;
    private readonly int _planes;
    private readonly FileStream _scratch;

    /// <summary>For <paramref name="planes"/> = C + 1 volumes on the grid of the slices.</summary>
    /// <exception cref="NotSupportedException">The ending of <paramref name="path"/> is none that several volumes are written to.</exception>
    public ProbabilityFile(string path, Geometry sliced, int planes)
    {
        VolumeSeries.RequireWritable(path);
        (_path, _sliced, _planes) = (path, sliced, planes);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var scratch = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.scratch");
        _scratch = new(scratch, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            // An open file lives on without its name, and so nothing of it stays when the process is killed. Windows sees to that itself.
            File.Delete(scratch);
        }
    }

    /// <summary>Takes a batch, [B, C+1, S, S], of slices from <paramref name="first"/> on, and brings it back to the slices' size as the labels are.</summary>
    public void Add(float[] batch, int first, int count, SlicePreparation preparation)
    {
        var pixels = batch.Length / (count * _planes);
        var planes = new float[count * _planes][];
        Parallel.For(0, planes.Length, i =>
        {
            planes[i] = new float[_sliced.SliceLength];
            preparation.FromNetwork<float>(batch.AsSpan(i * pixels, pixels), planes[i], _sliced.Height, _sliced.Width);
        });
        for (var plane = 0; plane < _planes; plane++)
        {
            // Slices of one class lie behind each other.
            _scratch.Position = (((long)plane * _sliced.Depth) + first) * _sliced.SliceLength * sizeof(float);
            for (var slice = 0; slice < count; slice++)
            {
                _scratch.Write(MemoryMarshal.AsBytes<float>(planes[(slice * _planes) + plane]));
            }
        }
    }

    /// <summary>Writes the file on the image's own grid, in its own orientation.</summary>
    public void Save(Geometry original) => VolumeSeries.Write(_path, original, _planes, plane =>
    {
        var volume = new Volume<float>(_sliced);
        _scratch.Position = (long)plane * _sliced.VoxelCount * sizeof(float);
        // Read slice by slice: a span of bytes holds at most 2 GiB.
        for (var z = 0; z < _sliced.Depth; z++)
        {
            _scratch.ReadExactly(MemoryMarshal.AsBytes(volume.Slice(z)));
        }
        return _sliced == original ? volume.Voxels : Orientation.Reorient(volume, Orientation.Of(original.Affine)).Voxels;
    }, "probabilities");

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
