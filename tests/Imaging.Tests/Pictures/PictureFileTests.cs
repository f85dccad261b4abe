using System.Security.Cryptography;
using SkiaSharp;

namespace SAMed.MLNet.Imaging.Tests.Pictures;

public sealed class PictureFileTests
{
    [TestCase("a.png", true)]
    [TestCase("a.JPG", true)]
    [TestCase("a.jpeg", true)]
    [TestCase("a.bmp", true)]
    [TestCase("a.nii.gz", false)]
    [TestCase("a.gif", false)]
    [TestCase(".a.png", false)]
    public void Pictures_are_known_by_their_names(string path, bool isPicture) => Assert.That(VolumeFile.IsPictureFile(path), Is.EqualTo(isPicture));

    [Test]
    public void Pictures_beside_volumes_are_no_cases()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("b.png"), new LabelVolume(Geometry.Unplaced(1, 2, 2)));
        VolumeFile.Write(folder.File("a.png"), new LabelVolume(Geometry.Unplaced(1, 2, 2)));
        Assert.That(VolumeFile.FilesIn(folder.Path).Select(Path.GetFileName), Is.EqualTo(["a.png", "b.png"]));
        VolumeFile.Write(folder.File("c.npy"), new LabelVolume(Geometry.Unplaced(1, 2, 2)));
        Assert.That(VolumeFile.FilesIn(folder.Path).Select(Path.GetFileName), Is.EqualTo(["c.npy"]));
        Assert.That(VolumeFile.CaseName("folder/ISIC_001.jpg"), Is.EqualTo("ISIC_001"));
    }

    [Test]
    public void A_bitmap_is_read_exactly_and_a_JPEG_nearly()
    {
        using var folder = new TempFolder();
        // 24 bits per pixel, rows from below padded to 4 bytes, blue first.
        byte[] bmp =
        [
            (byte)'B', (byte)'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0,
        ];
        File.WriteAllBytes(folder.File("a.bmp"), bmp);
        Assert.That(VolumeFile.ReadChannels(folder.File("a.bmp")).Select(channel => channel.Voxels.Select(value => (int)MathF.Round(value * 255))),
            Is.EqualTo(new[] { new[] { 9, 12, 3, 6 }, [8, 11, 2, 5], [7, 10, 1, 4] }));

        using var bitmap = new SKBitmap(32, 16, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(new SKColor(200, 120, 90));
        File.WriteAllBytes(folder.File("a.jpg"), bitmap.Encode(SKEncodedImageFormat.Jpeg, 95).ToArray());
        var channels = VolumeFile.ReadChannels(folder.File("a.jpg"));
        Assert.That(channels.Select(channel => channel.Voxels[0] * 255), Is.EqualTo([200f, 120, 90]).Within(3));
        Assert.That(VolumeFile.Identify(folder.File("a.jpg")), Has.Property("ChannelCount").EqualTo(3).And.Property("Format").EqualTo("JPEG"));
    }

    [TestCase(0.02)]
    [TestCase(0.6)]
    public void A_JPEG_that_is_cut_off_is_told_in_words(double part)
    {
        using var folder = new TempFolder();
        using var bitmap = new SKBitmap(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95).ToArray();
        File.WriteAllBytes(folder.File("a.jpg"), jpeg[..(int)(jpeg.Length * part)]);

        Assert.That(() => VolumeFile.ReadImage(folder.File("a.jpg")), Throws.TypeOf<VolumeFormatException>()
            .With.Message.Contains("truncated").And.Message.Not.Contains("InvalidInput").And.Message.Not.Contains("IncompleteInput").And.Message.Not.Contains("ErrorInInput"));
    }

    [Test]
    public void A_JPEG_that_viewers_turn_is_refused()
    {
        using var folder = new TempFolder();
        using var bitmap = new SKBitmap(8, 8, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();
        // An APP1 segment with one EXIF entry after the first marker: orientation (0x0112) 6, turned by 90 degrees.
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        File.WriteAllBytes(folder.File("a.jpg"), [.. jpeg[..2], .. exif, .. jpeg[2..]]);
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.jpg")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("EXIF"));
    }

    [TestCase("1", 74013, "bb6586e6b454d15a4ba835c5188604c5fe86fb5db9a55576ffa6883cea4114b0")]
    [TestCase("2", 93159, "34ab76b2bd77ee5974b89692c667f3c1586d3ed1d1f35d3f98939d2cc2ea2005")]
    public void A_real_X_ray_and_its_mask_are_read(string name, int lungs, string sha256OfMask)
    {
        var folder = TestData.Real("img2d/cxr");
        var mask = VolumeFile.ReadLabels(Path.Combine(folder, name + "-mask.png"));
        var image = VolumeFile.ReadImage(Path.Combine(folder, name + ".jpg"));
        Assert.Multiple(() =>
        {
            Assert.That(mask.CountLabels(), Has.Count.EqualTo(2));
            Assert.That(mask.CountLabels()[255], Is.EqualTo(lungs));
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(Array.ConvertAll(mask.Voxels, id => (byte)id))), Is.EqualTo(sha256OfMask));
            Assert.That((image.Geometry.Height, image.Geometry.Width), Is.EqualTo((512, 512)));
            Assert.That(image.Voxels, Is.All.InRange(0, 1));
            Assert.That(image.Voxels.Average(), Is.InRange(0.2, 0.8));
        });
    }
}
