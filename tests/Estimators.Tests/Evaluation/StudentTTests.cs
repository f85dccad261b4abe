using SAMed.MLNet.Estimators.Evaluation;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class StudentTTests
{
    [TestCase(0.95, 1, 12.7062)]
    [TestCase(0.95, 2, 4.30265)]
    [TestCase(0.95, 3, 3.18245)]
    [TestCase(0.95, 4, 2.77645)]
    [TestCase(0.95, 5, 2.57058)]
    [TestCase(0.95, 9, 2.26216)]
    [TestCase(0.95, 30, 2.04227)]
    [TestCase(0.95, 120, 1.97993)]
    [TestCase(0.90, 10, 1.81246)]
    [TestCase(0.99, 5, 4.03214)]
    [TestCase(0.50, 1, 1.0)]
    public void Quantiles_are_those_of_the_tables(double within, int degrees, double expected) =>
        Assert.That(StudentT.TwoSided(within, degrees), Is.EqualTo(expected).Within(6e-6 * Math.Max(1, expected)));

    [Test]
    public void Many_degrees_of_freedom_approach_the_normal_distribution() => Assert.That(StudentT.TwoSided(0.95, 100_000), Is.EqualTo(1.959964).Within(5e-5));

    [Test]
    public void What_is_no_probability_or_no_degree_of_freedom_is_refused()
    {
        Assert.That(() => StudentT.TwoSided(1, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StudentT.TwoSided(double.NaN, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StudentT.TwoSided(0.5, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
