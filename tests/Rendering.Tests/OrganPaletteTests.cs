namespace SAMed.MLNet.Rendering.Tests;

public class OrganPaletteTests
{
    [Test]
    public void Every_id_to_255_has_its_own_colour()
    {
        Assert.That(Enumerable.Range(1, OrganPalette.ColourCount).Select(OrganPalette.Of).Distinct().Count(), Is.EqualTo(OrganPalette.ColourCount));
        Assert.That(OrganPalette.Of(256), Is.EqualTo(OrganPalette.Of(1)));
    }

    [Test]
    public void The_first_colours_are_Okabe_and_Itos() => Assert.That(
        Enumerable.Range(1, 7).Select(id => OrganPalette.Of(id).ToString()), Is.EqualTo(new[] { "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7" }));

    [Test]
    public void No_colour_is_grey_or_dark()
    {
        for (var id = 1; id <= OrganPalette.ColourCount; id++)
        {
            var (r, g, b) = OrganPalette.Of(id);
            Assert.That(Math.Max(r, Math.Max(g, b)), Is.GreaterThan(110), $"id {id}");
            Assert.That(Math.Max(r, Math.Max(g, b)) - Math.Min(r, Math.Min(g, b)), Is.GreaterThan(25), $"id {id}");
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void Background_has_no_colour(int id) => Assert.That(() => OrganPalette.Of(id), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
