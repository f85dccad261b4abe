using SkiaSharp;

namespace SAMed.MLNet.Imaging.Tests.Pictures;

public sealed class MaskTests
{
    private static readonly byte[] Colours = [0, 0, 0, 128, 0, 0, 0, 128, 0];

    [TestCase(1, new ushort[] { 0, 1 })]
    [TestCase(2, new ushort[] { 0, 3 })]
    [TestCase(8, new ushort[] { 0, 255 })]
    [TestCase(16, new ushort[] { 256, 65535 })]
    public void A_grey_value_is_the_id(int bits, ushort[] ids)
    {
        using var folder = new TempFolder();
        Assert.That(VolumeFile.ReadLabels(new TestPng(2, 1, bits, 0, ids).Write(folder.File("a.png"))).Voxels, Is.EqualTo(ids));
    }

    [Test]
    public void A_palette_of_colours_says_the_ids_by_its_indices_however_it_shows_them()
    {
        using var folder = new TempFolder();
        var path = (new TestPng(3, 1, 8, 3, [2, 0, 1]) { Palette = Colours, Transparency = [0] }).Write(folder.File("a.png"));
        Assert.That(VolumeFile.ReadLabels(path).Voxels, Is.EqualTo([2, 0, 1]));
    }

    [Test]
    public void A_palette_of_greys_says_grey_values()
    {
        using var folder = new TempFolder();
        var path = (new TestPng(2, 1, 1, 3, [1, 0]) { Palette = [0, 0, 0, 255, 255, 255] }).Write(folder.File("a.png"));
        Assert.That(VolumeFile.ReadLabels(path).Voxels, Is.EqualTo([255, 0]));
    }

    [Test]
    public void A_mask_in_colours_is_refused_with_its_colours_and_one_in_equal_channels_is_grey()
    {
        using var folder = new TempFolder();
        var colours = new TestPng(2, 1, 8, 2, [0, 0, 0, 255, 0, 0]).Write(folder.File("a.png"));
        Assert.That(() => VolumeFile.ReadLabels(colours), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("(255, 0, 0)").And.Message.Contains("palette"));
        Assert.That(VolumeFile.ReadLabels(new TestPng(2, 1, 8, 2, [0, 0, 0, 5, 5, 5]).Write(folder.File("b.png"))).Voxels, Is.EqualTo([0, 5]));
    }

    [Test]
    public void A_JPEG_is_no_mask()
    {
        using var folder = new TempFolder();
        using var bitmap = new SKBitmap(8, 8, SKColorType.Gray8, SKAlphaType.Opaque);
        File.WriteAllBytes(folder.File("a.jpg"), bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray());
        Assert.That(() => VolumeFile.ReadLabels(folder.File("a.jpg")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("PNG"));
    }

    [TestCase(200, "uint8")]
    [TestCase(40000, "uint16")]
    public void Written_ids_come_back_and_say_what_wrote_them(int largest, string type)
    {
        using var folder = new TempFolder();
        var labels = new LabelVolume(Geometry.Unplaced(1, 2, 3), [0, 1, 2, 3, 4, (ushort)largest]);
        VolumeFile.Write(folder.File("a.png"), labels, "SAMed.MLNet classes");
        var info = VolumeFile.Identify(folder.File("a.png"));
        Assert.That(VolumeFile.ReadLabels(folder.File("a.png")).Voxels, Is.EqualTo(labels.Voxels));
        Assert.That((info.StoredType, info.Description), Is.EqualTo((type, "SAMed.MLNet classes")));
    }

    [Test]
    public void What_a_picture_cannot_hold_is_refused_before_anything_is_written()
    {
        using var folder = new TempFolder();
        Assert.That(() => VolumeFile.Write(folder.File("a.png"), new LabelVolume(Geometry.Unplaced(2, 2, 2))), Throws.TypeOf<NotSupportedException>().With.Message.Contains("one slice"));
        Assert.That(() => VolumeFile.Write(folder.File("a.jpg"), new LabelVolume(Geometry.Unplaced(1, 2, 2))), Throws.TypeOf<NotSupportedException>().With.Message.Contains(".png"));
        Assert.That(() => VolumeFile.Write(folder.File("a.png"), new Volume<float>(Geometry.Unplaced(1, 1, 1), [1.5f])), Throws.ArgumentException.With.Message.Contains("0 to 1"));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [TestCase(ImageStorage.Float32, "uint16", 65535f)]
    [TestCase(ImageStorage.UInt8, "uint8", 255f)]
    public void An_image_keeps_its_intensities_to_a_step_of_its_storage(ImageStorage storage, string type, float steps)
    {
        using var folder = new TempFolder();
        var image = new Volume<float>(Geometry.Unplaced(1, 2, 2), [0, 0.123f, 0.777f, 1]);
        VolumeFile.Write(folder.File("a.png"), image, storage);
        Assert.That(VolumeFile.Identify(folder.File("a.png")).StoredType, Is.EqualTo(type));
        Assert.That(VolumeFile.ReadImage(folder.File("a.png")).Voxels, Is.EqualTo(image.Voxels).Within(0.5f / steps));
    }
}
