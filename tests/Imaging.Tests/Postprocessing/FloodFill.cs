using SAMed.MLNet.Imaging.Postprocessing;

namespace SAMed.MLNet.Imaging.Tests.Postprocessing;

/// <summary>Connected components the slow and obvious way.</summary>
internal static class FloodFill
{
    public sealed record Component(int Label, List<int> Voxels);

    public static List<Component> Components(LabelVolume map, VoxelConnectivity connectivity, Func<ushort, bool> wanted)
    {
        var seen = new bool[map.Voxels.Length];
        List<Component> components = [];
        for (var start = 0; start < seen.Length; start++)
        {
            if (seen[start] || !wanted(map.Voxels[start]))
            {
                continue;
            }
            seen[start] = true;
            List<int> voxels = [start];
            for (var next = 0; next < voxels.Count; next++)
            {
                foreach (var neighbour in Neighbours(map, voxels[next], connectivity).Where(voxel => !seen[voxel] && map.Voxels[voxel] == map.Voxels[start]))
                {
                    seen[neighbour] = true;
                    voxels.Add(neighbour);
                }
            }
            components.Add(new(map.Voxels[start], voxels));
        }
        return components;
    }

    public static bool TouchesEdge(LabelVolume map, Component component) => component.Voxels.Exists(voxel =>
    {
        var (z, y, x) = Place(map, voxel);
        var grid = map.Geometry;
        return x == 0 || y == 0 || x == grid.Width - 1 || y == grid.Height - 1 || (grid.Depth > 1 && (z == 0 || z == grid.Depth - 1));
    });

    public static ushort[] LabelsBeside(LabelVolume map, Component component) =>
        [.. component.Voxels.SelectMany(voxel => Neighbours(map, voxel, VoxelConnectivity.Faces)).Select(voxel => map.Voxels[voxel]).Where(label => label != 0).Distinct()];

    private static IEnumerable<int> Neighbours(LabelVolume map, int voxel, VoxelConnectivity connectivity)
    {
        var (z, y, x) = Place(map, voxel);
        int[] steps = [-1, 0, 1];
        return from dz in steps
               from dy in steps
               from dx in steps
               where connectivity == VoxelConnectivity.Corners || Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx) == 1
               where z + dz >= 0 && z + dz < map.Geometry.Depth && y + dy >= 0 && y + dy < map.Geometry.Height && x + dx >= 0 && x + dx < map.Geometry.Width
               select ((((z + dz) * map.Geometry.Height) + y + dy) * map.Geometry.Width) + x + dx;
    }

    private static (int Z, int Y, int X) Place(LabelVolume map, int voxel) =>
        (voxel / map.Geometry.SliceLength, voxel / map.Geometry.Width % map.Geometry.Height, voxel % map.Geometry.Width);
}
