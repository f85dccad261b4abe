namespace SAMed.MLNet.Metrics;

/// <summary>A half-open box of voxels: Z0 ≤ z &lt; Z1 and so on. The default value is empty.</summary>
internal readonly record struct VoxelBox(int Z0, int Y0, int X0, int Z1, int Y1, int X1)
{
    /// <summary>The box of everything, whatever is in the mask.</summary>
    public static VoxelBox Whole(BinaryMask mask) => new(0, 0, 0, mask.Depth, mask.Height, mask.Width);

    public bool IsEmpty => Z1 <= Z0 || Y1 <= Y0 || X1 <= X0;

    public int Depth => Z1 - Z0;

    public int Height => Y1 - Y0;

    public int Width => X1 - X0;

    public long VoxelCount => IsEmpty ? 0 : (long)Depth * Height * Width;

    /// <summary>Whether the voxels x0 ≤ x &lt; x1 of row (z, y) lie in it.</summary>
    public bool Holds(int z, int y, int x0, int x1) => x0 >= X0 && x1 <= X1 && y >= Y0 && y < Y1 && z >= Z0 && z < Z1;

    /// <summary>The smallest box around both; an empty box adds nothing.</summary>
    public VoxelBox Union(VoxelBox other) => IsEmpty ? other : other.IsEmpty ? this : new(
        Math.Min(Z0, other.Z0), Math.Min(Y0, other.Y0), Math.Min(X0, other.X0),
        Math.Max(Z1, other.Z1), Math.Max(Y1, other.Y1), Math.Max(X1, other.X1));

    /// <summary>The smallest box around this one and the voxels x0 ≤ x &lt; x1 of row (z, y).</summary>
    public VoxelBox WithRun(int z, int y, int x0, int x1) => Union(new(z, y, x0, z + 1, y + 1, x1));
}
