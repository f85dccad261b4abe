using System.Runtime.InteropServices;

namespace SAMed.MLNet.Imaging.Postprocessing;

/// <summary>Voxels of one row that follow each other and have one label.</summary>
/// <param name="Row">Number of the row, z·H + y.</param>
/// <param name="Start">Column of its first voxel.</param>
/// <param name="End">Column after its last voxel.</param>
/// <param name="Label">Its label.</param>
internal readonly record struct VoxelRun(int Row, int Start, int End, ushort Label)
{
    public int Length => End - Start;
}

/// <summary>The connected components of a label map, found on runs along the rows: memory and time go with the number of runs, not of voxels.
/// Components are numbered in the order of their first voxel.</summary>
internal sealed class ComponentRuns
{
    private readonly List<VoxelRun> _runs = [];
    private readonly int[] _firstOfRow;
    private readonly int[] _parent;

    private ComponentRuns(LabelVolume labels, VoxelConnectivity connectivity, bool background)
    {
        var (rows, height) = (labels.Geometry.Depth * labels.Geometry.Height, labels.Geometry.Height);
        _firstOfRow = new int[rows + 1];
        for (var row = 0; row < rows; row++)
        {
            Scan(labels.Voxels.AsSpan(row * labels.Geometry.Width, labels.Geometry.Width), row, background);
            _firstOfRow[row + 1] = _runs.Count;
        }
        _parent = [.. Enumerable.Range(0, _runs.Count)];
        var reach = connectivity == VoxelConnectivity.Corners ? 1 : 0;
        for (var row = 0; row < rows; row++)
        {
            JoinWithEarlier(row, height, reach);
        }
        ComponentOfRun = Number();
        Voxels = new int[ComponentCount];
        Labels = new ushort[ComponentCount];
        for (var run = 0; run < _runs.Count; run++)
        {
            Voxels[ComponentOfRun[run]] += _runs[run].Length;
            Labels[ComponentOfRun[run]] = _runs[run].Label;
        }
    }

    /// <summary>All runs, in the order of the voxels.</summary>
    public ReadOnlySpan<VoxelRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>Number of the component of each run.</summary>
    public int[] ComponentOfRun { get; }

    /// <summary>Number of components.</summary>
    public int ComponentCount { get; private set; }

    /// <summary>Number of voxels of each component.</summary>
    public int[] Voxels { get; }

    /// <summary>Label of each component.</summary>
    public ushort[] Labels { get; }

    /// <summary>The components of all labels but 0, each of one label.</summary>
    public static ComponentRuns OfObjects(LabelVolume labels, VoxelConnectivity connectivity) => new(labels, connectivity, background: false);

    /// <summary>The components of label 0.</summary>
    public static ComponentRuns OfBackground(LabelVolume labels, VoxelConnectivity connectivity) => new(labels, connectivity, background: true);

    private void Scan(ReadOnlySpan<ushort> row, int number, bool background)
    {
        for (var start = 0; start < row.Length;)
        {
            var label = row[start];
            var length = row[start..].IndexOfAnyExcept(label);
            var end = length < 0 ? row.Length : start + length;
            if (label == 0 == background)
            {
                _runs.Add(new(number, start, end, label));
            }
            start = end;
        }
    }

    /// <summary>Unites the runs of a row with those of the neighbouring rows before it.</summary>
    private void JoinWithEarlier(int row, int height, int reach)
    {
        var y = row % height;
        if (y > 0)
        {
            Join(row, row - 1, reach);
        }
        if (row < height)
        {
            return;
        }
        Join(row, row - height, reach);
        if (reach > 0 && y > 0)
        {
            Join(row, row - height - 1, reach);
        }
        if (reach > 0 && y < height - 1)
        {
            Join(row, row - height + 1, reach);
        }
    }

    private void Join(int row, int other, int reach)
    {
        var (first, end) = (_firstOfRow[other], _firstOfRow[other + 1]);
        for (var run = _firstOfRow[row]; run < _firstOfRow[row + 1]; run++)
        {
            var here = _runs[run];
            while (first < end && _runs[first].End + reach <= here.Start)
            {
                first++;
            }
            for (var there = first; there < end && _runs[there].Start < here.End + reach; there++)
            {
                if (_runs[there].Label == here.Label)
                {
                    Unite(run, there);
                }
            }
        }
    }

    // The root is the run that comes first, so that numbers follow the order of the voxels.
    private void Unite(int a, int b)
    {
        var (rootA, rootB) = (Root(a), Root(b));
        _parent[Math.Max(rootA, rootB)] = Math.Min(rootA, rootB);
    }

    private int Root(int run)
    {
        while (_parent[run] != run)
        {
            _parent[run] = _parent[_parent[run]];
            run = _parent[run];
        }
        return run;
    }

    private int[] Number()
    {
        var numbers = new int[_runs.Count];
        for (var run = 0; run < numbers.Length; run++)
        {
            var root = Root(run);
            numbers[run] = root == run ? ComponentCount++ : numbers[root];
        }
        return numbers;
    }
}
