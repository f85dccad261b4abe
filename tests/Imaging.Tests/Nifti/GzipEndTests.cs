using System.IO.Compression;

namespace SAMed.MLNet.Imaging.Tests.Nifti;

/// <summary>Gzip files that are damaged, above all where their checksum stands, or go on behind the voxels.</summary>
public sealed class GzipEndTests
{
    private const int TrailerBytes = 8;
    private const int HeaderBytes = 10;
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(1)]
    [TestCase(40)]
    public void A_wrong_checksum_or_length_is_told_as_such(int depth)
    {
        var sound = Gzip(depth, trailing: 0);
        for (var at = sound.Length - TrailerBytes; at < sound.Length; at++)
        {
            var bytes = (byte[])sound.Clone();
            bytes[at] ^= 1;
            Assert.That(() => VolumeFile.ReadImage(Keep(bytes)), RefusesTheEnd, $"byte {at}");
            Assert.That(() => ReadSlices(Keep(bytes)), RefusesTheEnd, $"byte {at}, by slices");
        }
    }

    [Test]
    public void A_wrong_checksum_is_told_behind_a_header_with_every_optional_field()
    {
        var bytes = Gzip(3, trailing: 0);
        bytes[3] = 4 | 8 | 16;
        bytes[^5] ^= 1;
        byte[] fields = [3, 0, 1, 2, 3, .. "a.nii\0a comment\0"u8];

        Assert.That(() => VolumeFile.ReadImage(Keep([.. bytes[..HeaderBytes], .. fields, .. bytes[HeaderBytes..]])), RefusesTheEnd);
    }

    [Test]
    public void Damaged_data_are_told_from_a_wrong_checksum()
    {
        var bytes = Gzip(3, trailing: 0);
        bytes[HeaderBytes] = 0xFF; // A kind of block that does not exist.

        Assert.That(() => VolumeFile.ReadImage(Keep(bytes)), Throws.TypeOf<VolumeFormatException>()
            .With.Property("Field").EqualTo("gzip data").And.Message.Contains("stop making sense").And.Message.Contains("damaged").And.Message.Not.Contains("compression method"));
    }

    [TestCase(0)]
    [TestCase(3 << 20)]
    public void A_sound_end_is_accepted_with_and_without_data_behind_the_voxels(int trailing) =>
        Assert.That(VolumeFile.ReadImage(Keep(Gzip(3, trailing))).Geometry.Depth, Is.EqualTo(3));

    [Test]
    public void More_data_behind_the_voxels_than_are_looked_through_are_refused() =>
        Assert.That(() => VolumeFile.ReadImage(Keep(Gzip(3, 65 << 20))), Throws.TypeOf<VolumeFormatException>().With.Property("Field").EqualTo("gzip end").And.Message.Contains("64 MiB"));

    private static NUnit.Framework.Constraints.IResolveConstraint RefusesTheEnd => Throws.TypeOf<VolumeFormatException>()
        .With.Property("Field").EqualTo("gzip end").And.Message.Contains("checksum").And.Message.Contains("length").And.Message.Contains("damaged").And.Message.Not.Contains("compression method");

    private byte[] Gzip(int depth, int trailing)
    {
        var random = new Random(7);
        var volume = new Volume<float>(Geometry.Unplaced(depth, 20, 30));
        for (var i = 0; i < volume.Voxels.Length; i++)
        {
            volume.Voxels[i] = random.Next(-1000, 1000);
        }
        VolumeFile.Write(_folder.File("plain.nii"), volume);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(File.ReadAllBytes(_folder.File("plain.nii")));
            gzip.Write(new byte[trailing]);
        }
        return packed.ToArray();
    }

    private string Keep(byte[] bytes)
    {
        File.WriteAllBytes(_folder.File("a.nii.gz"), bytes);
        return _folder.File("a.nii.gz");
    }

    private static void ReadSlices(string path)
    {
        using var reader = VolumeFile.OpenImage(path);
        var slice = new float[reader.Geometry.SliceLength];
        for (var z = 0; z < reader.Geometry.Depth; z++)
        {
            reader.Read(slice);
        }
    }
}
