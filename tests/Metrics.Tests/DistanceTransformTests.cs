using CsCheck;

namespace SAMed.MLNet.Metrics.Tests;

public class DistanceTransformTests
{
    [Test]
    public void One_source_gives_squared_distances_by_hand() => Assert.That(
        DistanceTransform.Squared(Scenes.Draw("#..", "..."), 2, 3), Is.EqualTo(new double[] { 0, 9, 36, 4, 13, 40 }));

    [Test]
    public void Without_a_source_every_distance_is_infinite() =>
        Assert.That(DistanceTransform.Squared(Scenes.Draw("...", "...")), Is.All.EqualTo(double.PositiveInfinity));

    [Test]
    public void Random_sets_agree_with_trying_every_source() => Scenes.RandomPair.Sample(
        pair =>
        {
            var places = from z in Enumerable.Range(0, pair.A.Depth)
                         from y in Enumerable.Range(0, pair.A.Height)
                         from x in Enumerable.Range(0, pair.A.Width)
                         select (z, y, x);
            var all = places.ToList();
            var sources = all.Where((_, i) => pair.A.Voxels[i] != 0).ToList();
            var distances = Array.ConvertAll(DistanceTransform.Squared(pair.A, pair.Spacing), Math.Sqrt);
            Assert.That(distances, Is.EqualTo(BruteForce.Distances(all, sources, pair.Spacing)).Within(1e-9));
        },
        iter: 1000, print: pair => pair.ToString());
}
