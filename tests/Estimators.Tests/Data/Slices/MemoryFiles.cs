using System.Collections.Concurrent;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

/// <summary>Volumes that stand in no file, and a count of everything that is read of them. Voxels say where they come from.</summary>
internal sealed class MemoryFiles : IVolumeFiles
{
    private readonly Dictionary<string, Geometry> _grids = [];
    private readonly ConcurrentBag<WeakReference> _decoded = [];

    public ConcurrentDictionary<string, int> HeadersRead { get; } = new();

    public ConcurrentDictionary<string, int> ImagesRead { get; } = new();

    public ConcurrentDictionary<string, int> LabelsRead { get; } = new();

    /// <summary>What is added to every label.</summary>
    public ushort LabelOffset { get; set; }

    public bool HasGeometry { get; set; } = true;

    /// <summary>Volumes that were decoded and that something still holds.</summary>
    public int Alive
    {
        get
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return _decoded.Count(reference => reference.IsAlive);
        }
    }

    /// <summary>Number of the case that an image voxel stands in, and its place in the file.</summary>
    public static (int Case, int Place) Origin(float voxel) => ((int)voxel / 10_000, (int)voxel % 10_000);

    /// <summary>Case number <paramref name="number"/> with volumes on <paramref name="grid"/>.</summary>
    public CaseFiles Add(int number, Geometry grid, int? slice = null)
    {
        var name = slice is null ? $"case{number}" : $"case{number}/{slice}";
        _grids[$"{name}.img"] = _grids[$"{name}.lab"] = grid;
        return new($"case{number}", $"{name}.img", $"{name}.lab", slice);
    }

    /// <summary><paramref name="cases"/> cases of different depths, 3 and up.</summary>
    public IReadOnlyList<CaseFiles> AddVolumes(int cases) => [.. Enumerable.Range(0, cases).Select(number => Add(number, Geometry.Unplaced(3 + (number % 3), 4, 5, 0.5, 0.75, 2)))];

    public void Replace(string path, Geometry grid) => _grids[path] = grid;

    public VolumeInfo IdentifyImage(string path) => Identify(path);

    public VolumeInfo IdentifyLabels(string path) => Identify(path);

    public IReadOnlyList<Volume<float>> ReadChannels(string path)
    {
        Count(ImagesRead, path);
        var grid = _grids[path];
        var volume = new Volume<float>(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(place => (float)((Number(path) * 10_000) + place))]);
        _decoded.Add(new(volume.Voxels));
        return [volume];
    }

    public LabelVolume ReadLabels(string path)
    {
        Count(LabelsRead, path);
        var grid = _grids[path];
        return new(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(place => (ushort)((place % 9) + LabelOffset))]);
    }

    private static int Number(string path) => int.Parse(path["case".Length..path.IndexOfAny(['.', '/'])]);

    private static void Count(ConcurrentDictionary<string, int> counts, string path) => counts.AddOrUpdate(path, 1, (_, count) => count + 1);

    private VolumeInfo Identify(string path)
    {
        Count(HeadersRead, path);
        var grid = _grids[path];
        return new() { Path = path, Format = "memory", Geometry = grid, HasGeometry = HasGeometry, StoredType = "float32", Shape = [grid.Depth, grid.Height, grid.Width] };
    }
}
