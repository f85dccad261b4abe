namespace SAMed.MLNet.Imaging.Postprocessing;

/// <summary>Cleans label maps by their connected components, in three dimensions; a map of one slice in two. Every function gives a new map and leaves its input alone.</summary>
public static class LabelPostprocessing
{
    /// <summary>Does what the options ask for, in the order largest component, islands, holes.</summary>
    /// <param name="labels">[D, H, W] class ids, 0 = background.</param>
    /// <param name="options">The steps.</param>
    /// <returns>A label map on the same geometry.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static LabelVolume Apply(LabelVolume labels, PostprocessingOptions options)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var result = labels;
        if (options.LargestComponent)
        {
            result = KeepLargest(result, options.Connectivity, options.Labels);
        }
        if (SmallestVoxels(labels.Geometry, options) is > 1 and var voxels)
        {
            result = RemoveIslands(result, voxels, options.Connectivity, options.Labels);
        }
        if (options.FillHoles)
        {
            result = FillHoles(result, options.Connectivity, options.Labels);
        }
        return ReferenceEquals(result, labels) ? Copy(labels) : result;
    }

    /// <summary>Leaves the largest component of each label; of equally large ones the first in the order of the voxels. The others become background.</summary>
    /// <param name="labels">[D, H, W] class ids.</param>
    /// <param name="connectivity">Which voxels are neighbours.</param>
    /// <param name="only">The labels that this is done to; null for all.</param>
    public static LabelVolume KeepLargest(LabelVolume labels, VoxelConnectivity connectivity = VoxelConnectivity.Corners, IReadOnlyList<int>? only = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var components = ComponentRuns.OfObjects(labels, connectivity);
        Dictionary<ushort, int> largest = [];
        for (var component = 0; component < components.ComponentCount; component++)
        {
            var label = components.Labels[component];
            if (!largest.TryGetValue(label, out var best) || components.Voxels[component] > components.Voxels[best])
            {
                largest[label] = component;
            }
        }
        return Clear(labels, components, component => largest[components.Labels[component]] != component, only);
    }

    /// <summary>Makes components of fewer than <paramref name="voxels"/> voxels background, the largest of a label among them.</summary>
    /// <param name="labels">[D, H, W] class ids.</param>
    /// <param name="voxels">Smallest number of voxels of a component that stays, at least 1.</param>
    /// <param name="connectivity">Which voxels are neighbours.</param>
    /// <param name="only">The labels that this is done to; null for all.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="voxels"/> is below 1.</exception>
    public static LabelVolume RemoveIslands(LabelVolume labels, long voxels, VoxelConnectivity connectivity = VoxelConnectivity.Corners, IReadOnlyList<int>? only = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(voxels, 1);
        var components = ComponentRuns.OfObjects(labels, connectivity);
        return Clear(labels, components, component => components.Voxels[component] < voxels, only);
    }

    /// <summary>Gives background that one label encloses that label. What touches the edge of the volume, or two labels, stays background; the first and the last slice are edges
    /// where there are several slices.</summary>
    /// <param name="labels">[D, H, W] class ids.</param>
    /// <param name="connectivity">Which voxels of a label are neighbours; background connects the other way.</param>
    /// <param name="only">The labels whose holes are filled; null for all.</param>
    public static LabelVolume FillHoles(LabelVolume labels, VoxelConnectivity connectivity = VoxelConnectivity.Corners, IReadOnlyList<int>? only = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        // A diagonal line of object voxels must not both connect and let background through.
        var background = connectivity == VoxelConnectivity.Corners ? VoxelConnectivity.Faces : VoxelConnectivity.Corners;
        var components = ComponentRuns.OfBackground(labels, background);
        var enclosing = new HoleFinder(labels, components).EnclosingLabels();
        var result = Copy(labels);
        for (var run = 0; run < components.Runs.Length; run++)
        {
            var label = enclosing[components.ComponentOfRun[run]];
            if (label != 0 && Concerns(only, label))
            {
                Fill(result, components.Runs[run], label);
            }
        }
        return result;
    }

    /// <summary>Number of connected components of each label that occurs.</summary>
    /// <param name="labels">[D, H, W] class ids.</param>
    /// <param name="connectivity">Which voxels are neighbours.</param>
    public static IReadOnlyDictionary<int, int> CountComponents(LabelVolume labels, VoxelConnectivity connectivity = VoxelConnectivity.Corners)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return new SortedDictionary<int, int>(ComponentRuns.OfObjects(labels, connectivity).Labels.GroupBy(label => (int)label).ToDictionary(group => group.Key, group => group.Count()));
    }

    private static long SmallestVoxels(Geometry geometry, PostprocessingOptions options)
    {
        var (x, y, z) = geometry.SpacingMm;
        // A component of exactly the volume asked for stays; the product of three spacings is not exact.
        var fromVolume = options.MinIslandMm3 is { } volume ? (long)Math.Ceiling((volume / (x * y * z)) - 1e-6) : 0;
        return Math.Max(options.MinIslandVoxels ?? 0, fromVolume);
    }

    private static LabelVolume Clear(LabelVolume labels, ComponentRuns components, Func<int, bool> goes, IReadOnlyList<int>? only)
    {
        var gone = new bool[components.ComponentCount];
        for (var component = 0; component < gone.Length; component++)
        {
            gone[component] = Concerns(only, components.Labels[component]) && goes(component);
        }
        var result = Copy(labels);
        for (var run = 0; run < components.Runs.Length; run++)
        {
            if (gone[components.ComponentOfRun[run]])
            {
                Fill(result, components.Runs[run], 0);
            }
        }
        return result;
    }

    private static bool Concerns(IReadOnlyList<int>? only, ushort label) => only is null || only.Contains(label);

    private static void Fill(LabelVolume labels, VoxelRun run, ushort label) =>
        labels.Voxels.AsSpan((run.Row * labels.Geometry.Width) + run.Start, run.Length).Fill(label);

    private static LabelVolume Copy(LabelVolume labels) => new(labels.Geometry, [.. labels.Voxels]);
}
