using SAMed.MLNet.Cli.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary>Times as they are typed.</summary>
internal sealed class DurationOptionTests
{
    [TestCase("2h", 7200)]
    [TestCase("90m", 5400)]
    [TestCase("1d12h", 129600)]
    [TestCase("1h30m15s", 5415)]
    [TestCase("0.5h", 1800)]
    public void Units_add_up(string text, double seconds) => Assert.That(DurationOption.Parse(text), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase("")]
    [TestCase("2")]
    [TestCase("-2h")]
    [TestCase("30m2h")]
    [TestCase("0s")]
    [TestCase("50d")]
    public void Anything_else_is_none(string text) => Assert.That(DurationOption.Parse(text), Is.Null);
}
