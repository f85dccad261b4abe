using System.Buffers;
using System.Runtime.Intrinsics;

namespace SAMed.MLNet.Metrics;

/// <summary>The part of a mask inside a box, read row by row as bits, so that no copy of it is ever whole in memory.</summary>
/// <param name="box">The box; places count from its corner.</param>
/// <param name="planar">Whether the mask is 2-D and has no neighbours along z.</param>
internal abstract class MaskRows(VoxelBox box, bool planar)
{
    private const int WordBits = 64;

    public bool Planar { get; } = planar;

    public int Depth => Box.Depth;

    public int Height => Box.Height;

    public int Width => Box.Width;

    protected VoxelBox Box { get; } = box;

    /// <summary>Writes the box's row (z, y) to <paramref name="row"/>, a bit for each voxel, the first in the lowest bit of the first word; from any number of threads.</summary>
    public abstract void Read(int z, int y, Span<ulong> row);

    /// <summary>The part of a mask.</summary>
    public static MaskRows Of(BinaryMask mask, VoxelBox box) => new OfMask(mask, box);

    /// <summary>The voxels of a label map that are labelled <paramref name="id"/>.</summary>
    public static MaskRows Of(LabelRows labels, int id, VoxelBox box) => new OfLabel(labels, (ushort)id, box);

    /// <summary>All of it, as bits.</summary>
    public VoxelBits ToBits(ScoringMemory memory)
    {
        var bits = new VoxelBits(Depth, Height, Width, memory);
        var words = new ulong[bits.Words];
        for (var row = 0; row < Depth * Height; row++)
        {
            Read(row / Height, row % Height, words);
            bits.Write(row, words);
        }
        return bits;
    }

    private sealed class OfMask(BinaryMask mask, VoxelBox box) : MaskRows(box, mask.Axes == 2)
    {
        public override void Read(int z, int y, Span<ulong> row)
        {
            var from = mask.Voxels.Slice(((((Box.Z0 + z) * mask.Height) + Box.Y0 + y) * mask.Width) + Box.X0, Width);
            for (var word = 0; word < row.Length; word++)
            {
                var part = from[(word * WordBits)..Math.Min((word + 1) * WordBits, Width)];
                row[word] = part.Length == WordBits ? ~Vector512.Equals(Vector512.Create(part), Vector512<byte>.Zero).ExtractMostSignificantBits() : OneByOne(part);
            }
        }

        private static ulong OneByOne(ReadOnlySpan<byte> voxels)
        {
            var bits = 0ul;
            for (var i = 0; i < voxels.Length; i++)
            {
                bits |= voxels[i] != 0 ? 1ul << i : 0;
            }
            return bits;
        }
    }

    private sealed class OfLabel(LabelRows labels, ushort id, VoxelBox box) : MaskRows(box, labels.Geometry.Depth == 1)
    {
        public override void Read(int z, int y, Span<ulong> row)
        {
            var scratch = ArrayPool<ushort>.Shared.Rent(labels.Geometry.Width);
            var from = labels.Row(((Box.Z0 + z) * labels.Geometry.Height) + Box.Y0 + y, scratch).Slice(Box.X0, Width);
            for (var word = 0; word < row.Length; word++)
            {
                row[word] = Bits(from[(word * WordBits)..Math.Min((word + 1) * WordBits, Width)], id);
            }
            ArrayPool<ushort>.Shared.Return(scratch);
        }

        private static ulong Bits(ReadOnlySpan<ushort> voxels, ushort id)
        {
            var bits = 0ul;
            var i = 0;
            for (; i + Vector256<ushort>.Count <= voxels.Length; i += Vector256<ushort>.Count)
            {
                bits |= (ulong)Vector256.Equals(Vector256.Create(voxels[i..]), Vector256.Create(id)).ExtractMostSignificantBits() << i;
            }
            for (; i < voxels.Length; i++)
            {
                bits |= voxels[i] == id ? 1ul << i : 0;
            }
            return bits;
        }
    }
}
