using CsCheck;

namespace SAMed.MLNet.Metrics.Tests;

public class SurfaceDistancesTests
{
    private static readonly BinaryMask Left = Scenes.Draw("......", ".###..", ".###..", ".###..", "......");
    private static readonly BinaryMask Right = Scenes.Draw("......", "..###.", "..###.", "..###.", "......");

    [Test]
    public void Two_squares_one_voxel_apart_measure_what_one_counts_by_hand()
    {
        var distances = SurfaceDistances.Between(Left, Right);
        Assert.Multiple(() =>
        {
            Assert.That(distances.PredictionSurfaceVoxels, Is.EqualTo(8), "the outline of 3x3, without its centre");
            Assert.That(distances.PredictionToReference.ToArray(), Is.EqualTo(new double[] { 1, 0, 0, 1, 1, 1, 0, 0 }));
            Assert.That(distances.Hausdorff, Is.EqualTo(1));
            Assert.That(distances.PooledPercentile(95), Is.EqualTo(1));
            Assert.That(distances.PooledPercentile(50), Is.EqualTo(0.5), "eight zeros and eight ones");
            Assert.That(distances.Assd, Is.EqualTo(0.5));
            Assert.That(distances.Nsd(0), Is.EqualTo(0.5));
            Assert.That(distances.Nsd(1), Is.EqualTo(1));
        });
    }

    [Test]
    public void Spacing_scales_each_axis_and_a_distance_equal_to_the_tolerance_is_within_it()
    {
        var distances = SurfaceDistances.Between(Left, Right, 1, 0.1, 0.7);
        Assert.Multiple(() =>
        {
            Assert.That(distances.Hausdorff, Is.EqualTo(0.7).Within(1e-12), "the columns lie 0.7 apart");
            Assert.That(distances.PredictionToReference[4], Is.EqualTo(0.1).Within(1e-12), "the inner side is nearer along y");
            Assert.That(distances.Nsd(0.7), Is.EqualTo(1));
            Assert.That(distances.Nsd(0.6999), Is.LessThan(1));
        });
    }

    [Test]
    public void In_three_dimensions_a_single_slice_is_all_surface_and_in_two_it_is_not()
    {
        var flat = Left;
        var slab = new BinaryMask(flat.Voxels, 1, flat.Height, flat.Width);
        Assert.That(SurfaceDistances.Between(flat, flat).PredictionSurfaceVoxels, Is.EqualTo(8));
        Assert.That(SurfaceDistances.Between(slab, slab).PredictionSurfaceVoxels, Is.EqualTo(9));
    }

    [Test]
    public void Voxels_on_the_edge_of_the_array_are_surface()
    {
        var full = new BinaryMask(Enumerable.Repeat((byte)1, 27).ToArray(), 3, 3, 3);
        Assert.That(SurfaceDistances.Between(full, full).PredictionSurfaceVoxels, Is.EqualTo(26));
    }

    [Test]
    public void An_empty_mask_leaves_every_distance_undefined()
    {
        var empty = Scenes.Draw("......", "......", "......", "......", "......");
        foreach (var distances in new[] { SurfaceDistances.Between(Left, empty), SurfaceDistances.Between(empty, Left), SurfaceDistances.Between(empty, empty) })
        {
            double?[] all = [distances.Hausdorff, distances.PooledPercentile(95), distances.Assd, distances.AsdPredictionToReference, distances.Nsd(1)];
            Assert.That(all, Is.All.Null);
            Assert.That(distances.IsDefined, Is.False);
        }
    }

    [Test]
    public void Random_masks_measure_as_the_definition_says() => Scenes.RandomPair.Sample(
        pair =>
        {
            var (a, b) = (BruteForce.Surface(pair.A), BruteForce.Surface(pair.B));
            var distances = SurfaceDistances.Between(pair.A, pair.B, 1, pair.Spacing);
            Assert.That((distances.PredictionSurfaceVoxels, distances.ReferenceSurfaceVoxels), Is.EqualTo((a.Count, b.Count)));
            if (distances.IsDefined)
            {
                Assert.That(distances.PredictionToReference.ToArray(), Is.EqualTo(BruteForce.Distances(a, b, pair.Spacing)).Within(1e-9));
                Assert.That(distances.ReferenceToPrediction.ToArray(), Is.EqualTo(BruteForce.Distances(b, a, pair.Spacing)).Within(1e-9));
            }
        },
        iter: 2000, print: pair => pair.ToString());

    [Test]
    public void Exchanging_the_masks_exchanges_the_directions_only() => Scenes.RandomPair.Sample(
        pair =>
        {
            var (ab, ba) = (SurfaceDistances.Between(pair.A, pair.B, 1, pair.Spacing), SurfaceDistances.Between(pair.B, pair.A, 1, pair.Spacing));
            Assert.That(
                new[] { ba.Hausdorff, ba.PooledPercentile(95), ba.Assd, ba.AsdPredictionToReference, ba.Nsd(1), Overlap.Dice(pair.B, pair.A) },
                Is.EqualTo(new[] { ab.Hausdorff, ab.PooledPercentile(95), ab.Assd, ab.AsdReferenceToPrediction, ab.Nsd(1), Overlap.Dice(pair.A, pair.B) }));
        },
        iter: 500, print: pair => pair.ToString());

    [Test]
    public void Moving_both_masks_in_a_larger_array_changes_nothing()
    {
        var moves = from pair in Scenes.RandomPair from before in Gen.Int[1, 4].Array[pair.Shape.Length] from after in Gen.Int[1, 4].Array[pair.Shape.Length] select (pair, before, after);
        moves.Sample(
            (pair, before, after) =>
            {
                // Masks that touch the array's edge take part too: what lies outside is background, as the margin is.
                var still = SurfaceDistances.Between(pair.A, pair.B, 1, pair.Spacing);
                var moved = SurfaceDistances.Between(Embed(pair.A, before, after), Embed(pair.B, before, after), 1, pair.Spacing);
                Assert.That(moved.PredictionToReference.ToArray(), Is.EqualTo(still.PredictionToReference.ToArray()).Within(1e-12));
                Assert.That(moved.Nsd(1), Is.EqualTo(still.Nsd(1)));
            },
            iter: 500);
    }

    [Test]
    public void Masks_of_another_size_and_senseless_arguments_are_refused()
    {
        var wide = Scenes.Draw("#######", "#######");
        Assert.Multiple(() =>
        {
            Assert.That(() => SurfaceDistances.Between(Left, wide), Throws.ArgumentException.With.Message.Contains("[5, 6]").And.Message.Contains("[2, 7]"));
            Assert.That(() => SurfaceDistances.Between(Left, Right, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => SurfaceDistances.Between(Left, Right, 1, 1, 1, 1), Throws.ArgumentException);
            Assert.That(() => SurfaceDistances.Between(Left, Right, 1, 0, 1), Throws.ArgumentException);
            Assert.That(() => SurfaceDistances.Between(Left, Right).Nsd(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => SurfaceDistances.Between(Left, Right).PooledPercentile(101), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BinaryMask(new byte[6], 6), Throws.ArgumentException);
            Assert.That(() => new BinaryMask(new byte[6], 2, 4), Throws.ArgumentException);
        });
    }

    private static BinaryMask Embed(BinaryMask mask, int[] before, int[] after)
    {
        var (bz, by, bx) = (mask.Axes == 3 ? before[0] : 0, before[^2], before[^1]);
        int[] larger = mask.Axes == 3
            ? [mask.Depth + bz + after[0], mask.Height + by + after[^2], mask.Width + bx + after[^1]]
            : [mask.Height + by + after[^2], mask.Width + bx + after[^1]];
        var voxels = new byte[larger.Aggregate(1, (a, b) => a * b)];
        for (var z = 0; z < mask.Depth; z++)
        {
            for (var y = 0; y < mask.Height; y++)
            {
                mask.Voxels.Slice(((z * mask.Height) + y) * mask.Width, mask.Width).CopyTo(voxels.AsSpan(((((z + bz) * larger[^2]) + y + by) * larger[^1]) + bx));
            }
        }
        return new(voxels, larger);
    }
}
