using SAMed.MLNet.Bench.Sections;

namespace SAMed.MLNet.Bench.Tests;

[TestFixture]
public class ParityWordsTests
{
    [Test]
    public void No_folder_too_many_and_a_wrong_one_are_refused()
    {
        using var folder = new TempFolder();

        Assert.That(() => ParitySection.CheckWords([]), Throws.ArgumentException.With.Message.Contains("none"));
        Assert.That(() => ParitySection.CheckWords(["a", "b"]), Throws.ArgumentException.With.Message.Contains("a b"));
        Assert.That(() => ParitySection.CheckWords([folder.Path]), Throws.ArgumentException.With.Message.Contains("config.json"));
    }

    [Test]
    public void Other_sections_want_no_word() =>
        Assert.That(() => new Section("name", "title", Tables.None, (_, _) => { }).CheckWords(["30"]), Throws.ArgumentException.With.Message.Contains("'30'"));
}
