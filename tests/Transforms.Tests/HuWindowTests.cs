namespace SAMed.MLNet.Transforms.Tests;

public class HuWindowTests
{
    [Test]
    public void Published_window_is_the_references_float32_arithmetic()
    {
        float[] hu = [.. Enumerable.Range(-1200, 4000).Select(value => value * 0.7f), -125, 275, float.NegativeInfinity, float.PositiveInfinity];
        var result = new float[hu.Length];
        HuWindow.Normalize(hu, result, HuWindow.PaperMinHu, HuWindow.PaperMaxHu);
        Assert.That(result, Is.EqualTo(hu.Select(value => (Math.Max(-125f, Math.Min(275f, value)) + 125f) / 400f)).AsCollection);
        Assert.That(result, Is.All.InRange(0f, 1f));
    }

    [Test]
    public void The_source_may_be_overwritten_and_NaN_stays()
    {
        float[] hu = [0, 50, 100, float.NaN];
        HuWindow.Normalize(hu, hu, 0, 100);
        Assert.That(hu, Is.EqualTo(new[] { 0, 0.5f, 1, float.NaN }));
    }

    [TestCase(10f, 10f)]
    [TestCase(10f, -10f)]
    [TestCase(float.NaN, 10f)]
    [TestCase(0f, float.PositiveInfinity)]
    public void A_window_without_width_is_refused(float minHu, float maxHu) =>
        Assert.That(() => HuWindow.Normalize(new float[1], new float[1], minHu, maxHu), Throws.ArgumentException.With.Message.Contains("window must be finite"));

    [Test]
    public void Lengths_must_agree() =>
        Assert.That(() => HuWindow.Normalize(new float[3], new float[2], 0, 1), Throws.ArgumentException.With.Message.Contains("3 values, got 2"));
}
