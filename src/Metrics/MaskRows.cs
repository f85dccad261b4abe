using System.Buffers;

namespace SAMed.MLNet.Metrics;

/// <summary>The part of a mask inside a box, read row by row as bytes 0 or 1, so that no copy of it is ever whole in memory.</summary>
/// <param name="box">The box; places count from its corner.</param>
/// <param name="planar">Whether the mask is 2-D and has no neighbours along z.</param>
internal abstract class MaskRows(VoxelBox box, bool planar)
{
    public bool Planar { get; } = planar;

    public int Depth => Box.Depth;

    public int Height => Box.Height;

    public int Width => Box.Width;

    protected VoxelBox Box { get; } = box;

    /// <summary>Writes the box's row (z, y) to <paramref name="row"/>, <see cref="Width"/> bytes; from any number of threads.</summary>
    public abstract void Read(int z, int y, Span<byte> row);

    /// <summary>The part of a mask.</summary>
    public static MaskRows Of(BinaryMask mask, VoxelBox box) => new OfMask(mask, box);

    /// <summary>The voxels of a label map that are labelled <paramref name="id"/>.</summary>
    public static MaskRows Of(LabelRows labels, int id, VoxelBox box) => new OfLabel(labels, (ushort)id, box);

    private sealed class OfMask(BinaryMask mask, VoxelBox box) : MaskRows(box, mask.Axes == 2)
    {
        public override void Read(int z, int y, Span<byte> row) =>
            mask.Voxels.Slice(((((Box.Z0 + z) * mask.Height) + Box.Y0 + y) * mask.Width) + Box.X0, Width).CopyTo(row);
    }

    private sealed class OfLabel(LabelRows labels, ushort id, VoxelBox box) : MaskRows(box, labels.Geometry.Depth == 1)
    {
        public override void Read(int z, int y, Span<byte> row)
        {
            var scratch = ArrayPool<ushort>.Shared.Rent(labels.Geometry.Width);
            var from = labels.Row(((Box.Z0 + z) * labels.Geometry.Height) + Box.Y0 + y, scratch).Slice(Box.X0, Width);
            row = row[..Width];
            row.Clear();
            while (from.IndexOf(id) is >= 0 and var start)
            {
                var rest = from[start..].IndexOfAnyExcept(id);
                var length = rest < 0 ? from.Length - start : rest;
                row.Slice(start, length).Fill(1);
                from = from[(start + length)..];
                row = row[(start + length)..];
            }
            ArrayPool<ushort>.Shared.Return(scratch);
        }
    }
}
