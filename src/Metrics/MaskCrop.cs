namespace SAMed.MLNet.Metrics;

/// <summary>The part of a mask inside a box, as bytes 0 or 1 with one voxel of background around it, so that neighbours need no bounds checks.
/// A planar crop has no margin along z and no neighbours there.</summary>
internal sealed class MaskCrop
{
    private MaskCrop(VoxelBox box, bool planar)
    {
        Planar = planar;
        (Depth, Height, Width) = (box.Depth + (planar ? 0 : 2), box.Height + 2, box.Width + 2);
        Voxels = new byte[checked(Depth * Height * Width)];
    }

    public bool Planar { get; }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public byte[] Voxels { get; }

    /// <summary>Crops the voxels equal to <paramref name="id"/> out of an array [D, <paramref name="height"/>, <paramref name="width"/>].</summary>
    public static MaskCrop Of<T>(ReadOnlySpan<T> voxels, T id, int height, int width, VoxelBox box, bool planar)
        where T : unmanaged, IEquatable<T>
    {
        var crop = new MaskCrop(box, planar);
        var margin = planar ? 0 : 1;
        for (var z = 0; z < box.Depth; z++)
        {
            for (var y = 0; y < box.Height; y++)
            {
                var from = voxels.Slice(((((box.Z0 + z) * height) + box.Y0 + y) * width) + box.X0, box.Width);
                crop.Mark(from, id, z + margin, y + 1);
            }
        }
        return crop;
    }

    /// <summary>Crops the voxels labelled <paramref name="id"/> out of a label map.</summary>
    public static MaskCrop Of(LabelRows labels, ushort id, VoxelBox box)
    {
        var planar = labels.Geometry.Depth == 1;
        var crop = new MaskCrop(box, planar);
        var margin = planar ? 0 : 1;
        var scratch = new ushort[labels.Geometry.Width];
        for (var z = 0; z < box.Depth; z++)
        {
            for (var y = 0; y < box.Height; y++)
            {
                crop.Mark(labels.Row(((box.Z0 + z) * labels.Geometry.Height) + box.Y0 + y, scratch).Slice(box.X0, box.Width), id, z + margin, y + 1);
            }
        }
        return crop;
    }

    private void Mark<T>(ReadOnlySpan<T> from, T id, int z, int y)
        where T : unmanaged, IEquatable<T>
    {
        var to = Voxels.AsSpan((((z * Height) + y) * Width) + 1, from.Length);
        for (var x = 0; x < from.Length; x++)
        {
            to[x] = from[x].Equals(id) ? (byte)1 : (byte)0;
        }
    }

    /// <summary>The surface: voxels of the mask of which at least one neighbour is background, as bytes 0 or 1 on the same padded grid, and where they are.</summary>
    /// <param name="connectivity">How many coordinates of a neighbour may differ (by one): 1 = the 4- or 6-neighbourhood.</param>
    public MaskSurface Surface(int connectivity)
    {
        var neighbours = NeighbourOffsets(connectivity);
        var surface = new byte[Voxels.Length];
        var indices = new List<int>();
        for (var i = Array.IndexOf(Voxels, (byte)1); i >= 0; i = Array.IndexOf(Voxels, (byte)1, i + 1))
        {
            foreach (var offset in neighbours)
            {
                if (Voxels[i + offset] == 0)
                {
                    surface[i] = 1;
                    indices.Add(i);
                    break;
                }
            }
        }
        return new(surface, indices.ToArray());
    }

    private int[] NeighbourOffsets(int connectivity)
    {
        var offsets = new List<int>();
        for (var dz = Planar ? 0 : -1; dz <= (Planar ? 0 : 1); dz++)
        {
            for (var dy = -1; dy <= 1; dy++)
            {
                for (var dx = -1; dx <= 1; dx++)
                {
                    var steps = Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx);
                    if (steps > 0 && steps <= connectivity)
                    {
                        offsets.Add((((dz * Height) + dy) * Width) + dx);
                    }
                }
            }
        }
        return offsets.ToArray();
    }
}

/// <summary>The surface voxels of a crop: 1 where one lies, and their places in ascending order.</summary>
internal readonly record struct MaskSurface(byte[] Mask, int[] Indices);
