using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class LearningRateScheduleTests
{
    // golden/README.md, losses: the base rate is .005 throughout; samed_h decays with exponent 7 over 400 epochs.
    [TestCase("samed_default", 250, 200L * 93, 0.9)]
    [TestCase("no_warmup", 0, 1000L, 0.9)]
    [TestCase("short", 5, 40L, 0.9)]
    [TestCase("samed_h", 250, 400L * 93, 7)]
    [Category("Golden")]
    public void Rate_used_at_each_step_is_the_references(string name, int warmup, long totalSteps, double exponent)
    {
        using var golden = NpzFile.Open(TestData.Golden("losses/lr_schedule.npz"));
        var expected = golden[name].ToDouble();
        var schedule = new LearningRateSchedule(0.005, warmup, totalSteps, exponent);

        var got = Enumerable.Range(0, expected.Length).Select(step => schedule.At(step)).ToArray();

        Assert.That(got, Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Warmup_uses_its_first_rate_twice_and_reaches_the_base_rate_one_step_late()
    {
        var schedule = new LearningRateSchedule(1, 4, 100, 0.9);

        Assert.That(Enumerable.Range(0, 6).Select(step => schedule.At(step)), Is.EqualTo(new[] { 0.25, 0.25, 0.5, 0.75, 1, 1 }).Within(1e-15));
    }

    [Test]
    public void Past_the_end_of_the_schedule_the_rate_is_zero_not_NaN() =>
        Assert.That(new LearningRateSchedule(1, 0, 10, 0.9).At(50), Is.Zero);
}
