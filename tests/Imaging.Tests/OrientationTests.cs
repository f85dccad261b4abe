using CsCheck;

namespace SAMed.MLNet.Imaging.Tests;

public class OrientationTests
{
    private static readonly string[] Codes =
        [.. from order in new[] { "012", "021", "102", "120", "201", "210" } from signs in Enumerable.Range(0, 8) select string.Concat(order.Select((axis, n) => new[] { "RL", "AP", "SI" }[axis - '0'][(signs >> n) & 1]))];

    [Test]
    public void A_header_alone_tells_the_reoriented_grid()
    {
        Gen.Select(Gen.Int[0, 47].Select(n => Codes[n]), Gen.Int[0, 47].Select(n => Codes[n]), Gen.Int[1, 4], Gen.Int[1, 4], Gen.Double[-0.3, 0.3]).Sample((from, to, depth, height, turn) =>
        {
            var (sin, cos) = Math.SinCos(turn);
            var oblique = new Geometry(depth, height, 3, new Affine(0.7 * cos, -0.9 * sin, 0.01, -10, 0.7 * sin, 0.9 * cos, 0.02, 33.3, 0, 0.03, 4.1, 1 / 3.0));
            var stored = Orientation.Reorient(new Volume<byte>(oblique), from);

            var grid = Orientation.Reorient(stored.Geometry, to);

            Assert.That(grid, Is.EqualTo(Orientation.Reorient(stored, to).Geometry));
            Assert.That(Orientation.Of(grid.Affine), Is.EqualTo(to));
            Assert.That(grid.VoxelCount, Is.EqualTo(stored.Geometry.VoxelCount));
        });
    }
}
