using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

public class SavedStateTests
{
    private sealed record Content(string Name, float Value);

    [Test]
    public void Text_and_back_is_the_same_state()
    {
        var state = SavedState.Of("Window", new Content("line\nbreak \"quoted\" ü", -0.1f));
        var back = SavedState.Parse(state.ToString());
        Assert.That(back, Is.EqualTo(state));
        Assert.That(back.Read<Content>("Window"), Is.EqualTo(new Content("line\nbreak \"quoted\" ü", -0.1f)));
        Assert.That((back.Writer, back.FormatVersion), Is.EqualTo((SavedState.ThisVersion, 1)));
        Assert.That(SavedState.ThisVersion, Does.Match(@"^\d+\.\d+\.\d+"));
    }

    [Test]
    public void A_later_format_says_who_wrote_it_who_reads_it_and_what_to_do()
    {
        var later = new SavedState("Window", 2, "9.8.7", "{}");
        Assert.That(() => SavedState.Parse(later.ToString()),
            Throws.TypeOf<SavedModelException>().With.Message.Contains("9.8.7").And.Message.Contains("format 2").And.Message.Contains(SavedState.ThisVersion)
                .And.Message.Contains("reads format 1").And.Message.Contains("Update"));
    }

    [Test]
    public void An_earlier_format_says_which_version_reads_it() =>
        Assert.That(() => SavedState.Parse(new SavedState("Window", 0, "0.0.1", "{}").ToString()),
            Throws.TypeOf<SavedModelException>().With.Message.Contains("format 0").And.Message.Contains("Load it with version 0.0.1"));

    [TestCase("")]
    [TestCase("no line break")]
    [TestCase("no json\n{}")]
    [TestCase("null\n{}")]
    [TestCase("[1]\n{}")]
    public void Other_text_is_a_damaged_model(string text) =>
        Assert.That(() => SavedState.Parse(text), Throws.TypeOf<SavedModelException>().With.Message.Contains("not readable"));

    [TestCase("{")]
    [TestCase("null")]
    [TestCase("{\"Value\":\"text\"}")]
    public void Damaged_content_is_named_by_its_kind(string content) =>
        Assert.That(() => new SavedState("Window", 1, "1.0.0", content).Read<Content>("Window"), Throws.TypeOf<SavedModelException>().With.Message.Contains("Window"));

    [Test]
    public void Another_kind_is_refused() =>
        Assert.That(() => SavedState.Of("Window", new Content("", 0)).Read<Content>("Resize"),
            Throws.TypeOf<SavedModelException>().With.Message.Contains("Window").And.Message.Contains("Resize"));
}
