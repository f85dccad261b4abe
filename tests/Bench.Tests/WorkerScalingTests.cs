using SAMed.MLNet.Bench.Measuring;

namespace SAMed.MLNet.Bench.Tests;

[TestFixture]
public class WorkerScalingTests
{
    [TestCase(100, 200, 800)]
    [TestCase(100, 100, 100)]
    public void Amdahls_law_goes_through_both_points(double one, double two, double eight)
    {
        var points = new WorkerScaling(2, one, two);

        Assert.That(points.MakesSense);
        Assert.That(points.RateOf(1), Is.EqualTo(one).Within(1e-9));
        Assert.That(points.RateOf(2), Is.EqualTo(two).Within(1e-9));
        Assert.That(points.RateOf(8), Is.EqualTo(eight).Within(1e-9));
    }

    [TestCase(99)]
    [TestCase(201)]
    public void Less_than_one_or_more_than_each_alone_makes_no_sense(double two) => Assert.That(new WorkerScaling(2, 100, two).MakesSense, Is.False);

    [Test]
    public void The_best_makes_sense_where_any_does()
    {
        WorkerScaling odd = new(2, 100, 300), fair = new(2, 100, 150);

        Assert.That(WorkerScaling.Best([odd, fair]), Is.EqualTo(fair));
        Assert.That(WorkerScaling.Best([odd, new(2, 100, 90)]), Is.EqualTo(odd));
    }
}
