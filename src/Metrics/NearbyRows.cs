using System.Buffers.Binary;
using System.Numerics;

namespace SAMed.MLNet.Metrics;

/// <summary>Looks for the nearest voxel of a set row by row, in the order of the rows' distance, 28 voxels along x to either side at once: where the two surfaces lie close to
/// each other that is quicker than any transform of the box, and needs no memory.</summary>
internal sealed class NearbyRows
{
    /// <summary>Along y and z; the rows looked at lie in a disc far within it.</summary>
    private const int Farthest = 31;

    /// <summary>Distances in y and z that are tried, each in up to four directions.</summary>
    private const int MostSteps = 256;

    private readonly VoxelBits _to;
    private readonly Step[] _steps;
    private readonly double[] _alongX;
    private readonly double _horizon;

    public NearbyRows(VoxelBits to, GridSpacing spacing)
    {
        _to = to;
        var steps = from dz in Enumerable.Range(0, Math.Min(to.Depth, Farthest + 1))
                    from dy in Enumerable.Range(0, Math.Min(to.Height, Farthest + 1))
                    select new Step(dz, dy, Square(dy * spacing.Y), Square(dz * spacing.Z));
        Step[] ordered = [.. steps.OrderBy(step => step.Squared)];
        _steps = ordered[..Math.Min(ordered.Length, MostSteps)];
        // Nothing nearer than this is beyond the rows and the columns that are looked at.
        double[] horizons =
        [
            ordered.Length > MostSteps ? ordered[MostSteps].Squared : double.PositiveInfinity,
            to.Depth > Farthest + 1 ? Square((Farthest + 1) * spacing.Z) : double.PositiveInfinity,
            to.Height > Farthest + 1 ? Square((Farthest + 1) * spacing.Y) : double.PositiveInfinity,
            to.Width > VoxelBits.Reach + 1 ? Square((VoxelBits.Reach + 1) * spacing.X) : double.PositiveInfinity,
        ];
        _horizon = horizons.Min();
        _alongX = [.. Enumerable.Range(0, 65).Select(dx => dx > VoxelBits.Reach ? double.PositiveInfinity : Square(dx * spacing.X))];
    }

    /// <summary>The squared distance of voxel (z, y, x) to the nearest of the set; infinite when that may lie further away than was looked.</summary>
    /// <param name="z">The voxel's slice.</param>
    /// <param name="y">Its row.</param>
    /// <param name="x">Its column.</param>
    /// <param name="made">The steps that it took.</param>
    public double Find(int z, int y, int x, out int made)
    {
        var bits = _to.Bits;
        var (stride, height) = (_to.Stride, _to.Height);
        var (place, skip) = (_to.Place((z * height) + y, x), VoxelBits.Skip(x));
        var best = double.PositiveInfinity;
        made = 0;
        foreach (ref readonly var step in _steps.AsSpan())
        {
            if (step.Squared >= best)
            {
                break;
            }
            made++;
            var voxels = 0ul;
            var (alongY, alongZ) = (step.Dy * stride, step.Dz * height * stride);
            var (above, below) = (y + step.Dy < height, y >= step.Dy);
            if (z + step.Dz < _to.Depth)
            {
                voxels |= above ? At(bits, place + alongZ + alongY) : 0;
                voxels |= below ? At(bits, place + alongZ - alongY) : 0;
            }
            if (z >= step.Dz)
            {
                voxels |= above ? At(bits, place - alongZ + alongY) : 0;
                voxels |= below ? At(bits, place - alongZ - alongY) : 0;
            }
            // Bit Reach is the voxel's own column.
            voxels >>= skip;
            var right = BitOperations.TrailingZeroCount(voxels >> VoxelBits.Reach);
            var left = BitOperations.LeadingZeroCount(voxels << (63 - VoxelBits.Reach));
            best = Math.Min(best, _alongX[Math.Min(left, right)] + step.SquaredY + step.SquaredZ);
        }
        return best <= _horizon ? best : double.PositiveInfinity;
    }

    private static ulong At(ReadOnlySpan<byte> bits, int place) => BinaryPrimitives.ReadUInt64LittleEndian(bits[place..]);

    private static double Square(double value) => value * value;

    private readonly record struct Step(int Dz, int Dy, double SquaredY, double SquaredZ)
    {
        public double Squared => SquaredY + SquaredZ;
    }
}
