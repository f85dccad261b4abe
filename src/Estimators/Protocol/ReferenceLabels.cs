using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>The label map that a case is measured against, read slice by slice and kept as runs.</summary>
internal static class ReferenceLabels
{
    /// <summary>Class ids on the grid of the case's image.</summary>
    /// <param name="header">The case.</param>
    /// <param name="classCount">C of the network.</param>
    /// <param name="table">What the ids of the file mean; null when they are the class ids 1..C.</param>
    /// <exception cref="VolumeFormatException">The label map is damaged, was replaced since its header was read, or holds an id that is no class.</exception>
    /// <exception cref="LabelTableException">It holds an id that the table does not know.</exception>
    public static LabelRuns Read(CaseHeader header, int classCount, LabelTable? table)
    {
        var path = header.Files.LabelPath!;
        using var file = VolumeFile.OpenLabels(path);
        var grid = header.Stored;
        if ((file.Geometry.Depth, file.Geometry.Height, file.Geometry.Width) != (grid.Depth, grid.Height, grid.Width))
        {
            throw new VolumeFormatException(path, "grid", $"{grid}, as when its header was read", $"{file.Geometry}; the file has changed since then");
        }
        var labels = new LabelRuns(grid);
        var slice = new LabelVolume(new Geometry(1, grid.Height, grid.Width, grid.Affine));
        for (var z = 0; z < grid.Depth; z++)
        {
            file.Read(slice.Voxels);
            labels.Set(z, IsKnown(slice, classCount, table) ? table?.Map(slice, path).Voxels ?? slice.Voxels : throw Unknown(path, classCount, table));
        }
        return labels;
    }

    private static bool IsKnown(LabelVolume slice, int classCount, LabelTable? table)
    {
        if (table is null)
        {
            return slice.Voxels.AsSpan().IndexOfAnyExceptInRange((ushort)0, (ushort)Math.Min(classCount, ushort.MaxValue)) < 0;
        }
        var last = -1;
        foreach (var id in slice.Voxels)
        {
            if (id != last && !table.Knows(id))
            {
                return false;
            }
            last = id;
        }
        return true;
    }

    /// <summary>The error tells of every unknown id of the file, not of those of one slice.</summary>
    private static Exception Unknown(string path, int classCount, LabelTable? table)
    {
        var all = VolumeFile.ReadLabels(path);
        if (table is not null)
        {
            try
            {
                _ = table.Map(all, path);
            }
            catch (LabelTableException fault)
            {
                return fault;
            }
        }
        return new VolumeFormatException(path, "labels", $"class ids 0..{classCount}",
            $"also {string.Join(", ", all.CountLabels().Keys.Where(id => id > classCount).Take(20))}; say what the ids mean with a label table (--labels, Labels)");
    }
}
