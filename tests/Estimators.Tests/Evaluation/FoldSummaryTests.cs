using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class FoldSummaryTests
{
    [Test]
    public void Three_folds_by_hand()
    {
        var summary = FoldSummary.Of([0.7, 0.8, null, 0.9]);
        Assert.Multiple(() =>
        {
            Assert.That(summary.Mean, Is.EqualTo(0.8).Within(1e-12));
            Assert.That(summary.N, Is.EqualTo(3));
            Assert.That(summary.Std, Is.EqualTo(0.1).Within(1e-12));
            Assert.That(summary.CiLow, Is.EqualTo(0.8 - (4.30265 * 0.1 / Math.Sqrt(3))).Within(1e-5));
            Assert.That(summary.CiHigh, Is.EqualTo(0.8 + (4.30265 * 0.1 / Math.Sqrt(3))).Within(1e-5));
        });
    }

    [Test]
    public void One_fold_has_no_spread_and_none_no_mean()
    {
        Assert.That(FoldSummary.Of([null, 0.5]), Is.EqualTo(new Summary(0.5, null, null, null, 1)));
        Assert.That(FoldSummary.Of([null]), Is.EqualTo(new Summary(null, null, null, null, 0)));
    }
}
