using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Rendering.Tests;

public class OverlayRendererTests
{
    private static readonly Affine Ras = new(1, 0, 0, -20, 0, 1, 0, -15, 0, 0, 2, 40);
    private readonly OverlayOptions _options = new() { Case = "case 1", MinPanelPixels = 256 };
    private TempFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TempFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void A_region_carries_its_colours_tint_and_outline()
    {
        var scene = Scene.Placed(2, 30, 40, Ras);
        using var with = Write("with.png", _options, scene);
        using var without = Write("without.png", _options, scene with { Labels = new LabelVolume(scene.Image.Geometry) });
        var colour = OrganPalette.Of(Scene.Organ);
        var (labelled, plain) = (with.Pixels, without.Pixels);
        var tinted = 0;
        for (var i = 0; i < labelled.Length; i++)
        {
            var (now, before) = (labelled[i], plain[i]);
            if (now != before && (now.Red, now.Green, now.Blue) != (colour.R, colour.G, colour.B))
            {
                var expected = new Rgb(before.Red, before.Green, before.Blue).Mix(colour, _options.Opacity);
                Assert.That(new Rgb(now.Red, now.Green, now.Blue), Is.EqualTo(expected), $"pixel {i}");
                tinted++;
            }
        }
        Assert.That(tinted, Is.GreaterThan(1000));
        Assert.That(Scene.CountColour(with, colour) - Scene.CountColour(without, colour), Is.GreaterThan(100), "outline pixels");
    }

    [Test]
    public void The_bytes_are_those_of_the_file()
    {
        var scene = Scene.Placed(3, 30, 40, Ras);
        OverlayRenderer.WritePng(_folder.File("one.png"), _options, scene.Image, scene.Labels, null, Scene.Classes);
        OverlayRenderer.WriteMontagePng(_folder.File("all.png"), _options, 3, scene.Image, scene.Labels, null, Scene.Classes);
        Assert.That(OverlayRenderer.RenderPng(_options, scene.Image, scene.Labels, null, Scene.Classes), Is.EqualTo(File.ReadAllBytes(_folder.File("one.png"))));
        Assert.That(OverlayRenderer.RenderMontagePng(_options, 3, scene.Image, scene.Labels, null, Scene.Classes), Is.EqualTo(File.ReadAllBytes(_folder.File("all.png"))));
    }

    [Test]
    public void A_label_map_that_is_null_has_no_panel()
    {
        var scene = Scene.Placed(3, 30, 40, Ras);
        using var all = SKBitmap.Decode(OverlayRenderer.RenderPng(_options, scene.Image, scene.Labels, scene.Labels, Scene.Classes));
        using var reference = SKBitmap.Decode(OverlayRenderer.RenderPng(_options, scene.Image, null, scene.Labels, Scene.Classes));
        using var image = SKBitmap.Decode(OverlayRenderer.RenderPng(_options with { Legend = false }, scene.Image, null, null, Scene.Classes));
        var panel = all.Width - reference.Width;
        Assert.That(panel, Is.GreaterThan(200));
        Assert.That(reference.Width - image.Width, Is.EqualTo(panel));
        var colour = OrganPalette.Of(Scene.Organ);
        Assert.That(Scene.CountColour(reference, colour), Is.GreaterThan(100));
        Assert.That(Scene.CountColour(image, colour), Is.Zero);
    }

    [Test]
    public void Every_orientation_of_the_same_body_gives_the_same_picture()
    {
        var pictures = new[]
        {
            Scene.Placed(2, 30, 40, Ras),
            Scene.Placed(2, 30, 40, new(-1, 0, 0, 19, 0, -1, 0, 14, 0, 0, 2, 40)),
            Scene.Placed(2, 30, 40, new(-1, 0, 0, 19, 0, 1, 0, -15, 0, 0, 2, 40)),
            Scene.Placed(2, 40, 30, new(0, 1, 0, -20, 1, 0, 0, -15, 0, 0, 2, 40)),
        }.Select((scene, i) => Pixels($"{i}.png", _options with { Slice = 1 }, scene)).ToList();
        for (var i = 1; i < pictures.Count; i++)
        {
            Assert.That(pictures[i].SequenceEqual(pictures[0]), $"picture {i} equals that of RAS");
        }
    }

    [Test]
    public void Patient_right_is_on_the_left_and_front_at_the_top()
    {
        var scene = Scene.Placed(1, 30, 40, Ras);
        var overlay = new SliceOverlay(scene.Image, _options with { WindowMin = -500, WindowMax = 500 }, 256);
        using var picture = overlay.Draw(0, null, null);
        int Level(int x, int y) => picture.GetPixel(x, y).Red;
        // The image grows towards the right and, less, towards the front.
        Assert.That(Level(2, 2), Is.GreaterThan(Level(overlay.Width - 3, 2)));
        Assert.That(Level(2, 2), Is.GreaterThan(Level(2, overlay.Height - 3)));
        Assert.That(overlay.Sides, Is.EqualTo(('R', 'L', 'A', 'P')));
    }

    [Test]
    public void A_volume_without_a_place_is_shown_as_it_lies_in_memory()
    {
        var geometry = Geometry.Unplaced(1, 3, 4);
        var image = new Volume<float>(geometry, [.. Enumerable.Range(0, 12).Select(i => (float)i)]);
        var overlay = new SliceOverlay(image, _options with { WindowMin = 0, WindowMax = 11 }, 32);
        using var picture = overlay.Draw(0, null, null);
        Assert.That(overlay.Sides, Is.Null);
        for (var i = 0; i < 12; i++)
        {
            var place = (x: (i % 4 * overlay.Scale) + 1, y: (i / 4 * overlay.Scale) + 1);
            Assert.That(picture.GetPixel(place.x, place.y).Red, Is.EqualTo((byte)Math.Round(i / 11.0 * 255)), $"voxel {i}");
        }
    }

    [Test]
    public void Pixels_keep_their_physical_proportions()
    {
        var geometry = Geometry.Unplaced(1, 20, 30, spacingXMm: 1, spacingYMm: 2.5);
        var overlay = new SliceOverlay(new Volume<float>(geometry), _options, 300);
        Assert.That(overlay.Scale * 30, Is.EqualTo(overlay.Width));
        Assert.That(overlay.Height / (double)overlay.Width, Is.EqualTo(20 * 2.5 / 30).Within(0.01));
    }

    [Test]
    public void Captions_and_legend_show()
    {
        var scene = Scene.Placed(2, 30, 40, Ras);
        using var plain = Write("plain.png", _options with { Legend = false }, scene);
        using var named = Write("named.png", _options with { Legend = false, Case = "case 2" }, scene);
        using var legend = Write("legend.png", _options, scene);
        Assert.That(named.Pixels.SequenceEqual(plain.Pixels), Is.False, "the caption changes pixels");
        Assert.That(legend.Height, Is.GreaterThan(plain.Height));
        Assert.That(Scene.CountColour(legend, OrganPalette.Of(1)), Is.GreaterThan(100), "swatch of a class that is not in the slice");
    }

    [Test]
    public void A_reference_adds_a_panel()
    {
        var scene = Scene.Placed(2, 30, 40, Ras);
        using var two = Write("two.png", _options, scene);
        OverlayRenderer.WritePng(_folder.File("three.png"), _options, scene.Image, scene.Labels, scene.Labels, Scene.Classes);
        using var three = Scene.Decode(_folder.File("three.png"));
        Assert.That(three.Width, Is.GreaterThan(two.Width * 1.4));
    }

    [Test]
    public void A_montage_shows_slices_from_all_organs()
    {
        var scene = Scene.Placed(12, 30, 40, Ras);
        scene.Labels.Slice(0).Clear();
        scene.Labels.Slice(11).Clear();
        scene.Labels.Slice(7).Fill(1);
        Assert.That(SliceChoice.Spread(scene.Labels, 5), Has.Count.EqualTo(5).And.Ordered.And.Member(7).And.All.InRange(1, 10));
        Assert.That(SliceChoice.Spread(scene.Labels, 100), Is.EqualTo(Enumerable.Range(1, 10)));
        Assert.That(SliceChoice.Spread(new LabelVolume(scene.Image.Geometry), 3), Has.Count.EqualTo(3));
        OverlayRenderer.WriteMontagePng(_folder.File("m.png"), _options, 5, scene.Image, scene.Labels, null, Scene.Classes);
        using var montage = Scene.Decode(_folder.File("m.png"));
        Assert.That(Scene.CountColour(montage, OrganPalette.Of(Scene.Organ)), Is.GreaterThan(100));
    }

    [Test]
    public void The_slice_with_most_classes_is_taken()
    {
        var scene = Scene.Placed(5, 30, 40, Ras);
        scene.Labels[3, 0, 0] = 1;
        Assert.That(SliceChoice.Best(scene.Labels), Is.EqualTo(3));
        Assert.That(SliceChoice.Best(new LabelVolume(scene.Image.Geometry)), Is.EqualTo(2));
    }

    [Test]
    public void NaN_and_infinite_voxels_are_drawn()
    {
        var image = new Volume<float>(Geometry.Unplaced(1, 1, 3), [float.NaN, float.NegativeInfinity, float.PositiveInfinity]);
        var overlay = new SliceOverlay(image, _options, 32);
        using var picture = overlay.Draw(0, null, null);
        int[] levels = [.. Enumerable.Range(0, 3).Select(i => (int)picture.GetPixel((i * overlay.Scale) + 1, 1).Red)];
        Assert.That(levels, Is.EqualTo(new[] { 0, 0, 255 }));
    }

    [Test]
    public void Faults_are_named_and_leave_no_file()
    {
        var scene = Scene.Placed(2, 30, 40, Ras);
        var other = new LabelVolume(new Geometry(2, 30, 41, Ras));
        var path = _folder.File("none.png");
        Assert.That(() => OverlayRenderer.WritePng(path, _options, scene.Image, other, null, Scene.Classes),
            Throws.ArgumentException.With.Message.Contains("40x30x2").And.Message.Contains("41x30x2").And.Message.Contains("prediction"));
        Assert.That(() => Write("none.png", _options with { Slice = 2 }, scene), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0..1"));
        Assert.That(() => Write("none.png", _options with { Opacity = 1.5, WindowMin = 300, MinPanelPixels = 1 }, scene),
            Throws.ArgumentException.With.Message.Contains("window").And.Message.Contains("Opacity").And.Message.Contains("MinPanelPixels"));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.Empty);
    }

    private SKBitmap Write(string name, OverlayOptions options, Scene scene)
    {
        OverlayRenderer.WritePng(_folder.File(name), options, scene.Image, scene.Labels, null, Scene.Classes);
        return Scene.Decode(_folder.File(name));
    }

    private SKColor[] Pixels(string name, OverlayOptions options, Scene scene)
    {
        using var picture = Write(name, options, scene);
        return picture.Pixels;
    }
}
