using CsCheck;
using SAMed.MLNet.Imaging.Pictures;
using SkiaSharp;

namespace SAMed.MLNet.Imaging.Tests.Pictures;

public sealed class PngTests
{
    private static readonly (int ColorType, int Bits)[] Kinds = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)];

    [Test]
    public void Every_kind_of_pixels_is_read_as_it_was_written() =>
        Gen.Select(Gen.Int[1, 21], Gen.Int[1, 21], Gen.Int[0, Kinds.Length - 1], Gen.Bool, Gen.Int).Sample(
            (width, height, index, interlaced, seed) =>
            {
                using var folder = new TempFolder();
                var (colorType, bits) = Kinds[index];
                var png = Random(width, height, bits, colorType, seed) with { Interlaced = interlaced };
                var chunks = PngChunks.Read(png.Write(folder.File("a.png")), withData: true);
                var planes = PngPixels.Decode(chunks, "a.png");
                return png.Samples.SequenceEqual(Enumerable.Range(0, width * height).SelectMany(pixel => planes.Select(plane => plane[pixel])));
            }, iter: 200);

    /// <summary>Another reader finds the same in the files that these tests write, filters and interlacing included.</summary>
    [TestCase(0, false)]
    [TestCase(0, true)]
    [TestCase(2, false)]
    [TestCase(2, true)]
    public void The_samples_are_those_that_another_reader_finds(int colorType, bool interlaced)
    {
        using var folder = new TempFolder();
        var path = (Random(13, 11, 8, colorType, seed: 5) with { Interlaced = interlaced }).Write(folder.File("a.png"));
        using var bitmap = SKBitmap.Decode(path);
        var ours = VolumeFile.ReadChannels(path);
        for (var y = 0; y < 11; y++)
        {
            for (var x = 0; x < 13; x++)
            {
                var pixel = bitmap.GetPixel(x, y);
                Assert.That(ours.Select(channel => channel[0, y, x]), Is.EqualTo(new[] { pixel.Red, pixel.Green, pixel.Blue }.Take(ours.Count).Select(value => value / 255f)));
            }
        }
    }

    [Test]
    public void The_header_says_what_is_in_the_file_without_its_pixels()
    {
        using var folder = new TempFolder();
        var grey = VolumeFile.Identify(Random(5, 3, 16, 0, 1).Write(folder.File("a.png")));
        var colour = VolumeFile.Identify(Random(5, 3, 8, 2, 1).Write(folder.File("b.png")));
        Assert.Multiple(() =>
        {
            Assert.That((grey.Format, grey.StoredType, grey.ChannelCount, grey.IsPicture, grey.HasGeometry), Is.EqualTo(("PNG", "uint16", 1, true, false)));
            Assert.That(grey.Shape, Is.EqualTo([3, 5]));
            Assert.That((colour.ChannelCount, colour.Geometry.Height, colour.Geometry.Width), Is.EqualTo((3, 3, 5)));
            Assert.That(colour.Shape, Is.EqualTo([3, 5, 3]));
        });
    }

    [Test]
    public void Intensities_are_shares_of_white()
    {
        using var folder = new TempFolder();
        Assert.That(Read(8, [0, 51, 255]), Is.EqualTo([0f, 0.2f, 1f]));
        Assert.That(Read(16, [0, 13107, 65535]), Is.EqualTo([0f, 0.2f, 1f]));
        Assert.That(Read(1, [0, 1, 1]), Is.EqualTo([0f, 1f, 1f]));

        float[] Read(int bits, ushort[] samples) => VolumeFile.ReadImage(new TestPng(3, 1, bits, 0, samples).Write(folder.File("a.png"))).Voxels;
    }

    [Test]
    public void Colour_of_equal_channels_is_grey_and_other_colour_is_refused_as_grey()
    {
        using var folder = new TempFolder();
        var equal = new TestPng(2, 1, 8, 2, [7, 7, 7, 9, 9, 9]).Write(folder.File("equal.png"));
        var colour = new TestPng(2, 1, 8, 2, [7, 7, 7, 9, 9, 8]).Write(folder.File("colour.png"));
        Assert.That(VolumeFile.ReadImage(equal).Voxels, Is.EqualTo([7 / 255f, 9 / 255f]));
        Assert.That(VolumeFile.ReadChannels(colour), Has.Count.EqualTo(3));
        Assert.That(() => VolumeFile.ReadImage(colour), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("--channels rgb"));
    }

    [Test]
    public void A_palette_gives_colours_to_an_image()
    {
        using var folder = new TempFolder();
        var path = new TestPng(3, 1, 4, 3, [0, 1, 2]) { Palette = [0, 0, 0, 255, 0, 0, 0, 51, 0] }.Write(folder.File("a.png"));
        Assert.That(VolumeFile.ReadChannels(path).Select(channel => channel.Voxels), Is.EqualTo(new[] { new[] { 0f, 1, 0 }, [0, 0, 0.2f], [0, 0, 0] }));
        Assert.That(VolumeFile.Identify(path).ChannelCount, Is.EqualTo(3));
    }

    [Test]
    public void Opaque_alpha_is_dropped_and_transparency_is_refused()
    {
        using var folder = new TempFolder();
        Assert.That(VolumeFile.ReadImage(new TestPng(2, 1, 8, 4, [7, 255, 9, 255]).Write(folder.File("a.png"))).Voxels, Is.EqualTo([7 / 255f, 9 / 255f]));
        Assert.That(() => VolumeFile.ReadImage(new TestPng(2, 1, 8, 4, [7, 255, 9, 254]).Write(folder.File("b.png"))), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("1 of 2 pixels"));
        Assert.That(() => VolumeFile.ReadImage((new TestPng(2, 1, 8, 0, [7, 9]) { Transparency = [0, 9] }).Write(folder.File("c.png"))), Throws.TypeOf<VolumeFormatException>());
    }

    private static TestPng Random(int width, int height, int bits, int colorType, int seed)
    {
        var png = new TestPng(width, height, bits, colorType, []);
        var random = new Random(seed);
        return png with { Samples = [.. Enumerable.Range(0, width * height * png.SamplesPerPixel).Select(_ => (ushort)random.Next(1 << bits))] };
    }
}
