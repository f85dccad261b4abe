using System.Buffers.Binary;
using System.IO.Compression;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Numpy;

public sealed class NpzFileTests
{
    [Test]
    public void A_missing_array_is_named_with_those_that_are_there()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create([1f], 1))]);
        using var archive = NpzFile.Open(folder.File("a.npz"));
        Assert.That(archive.Contains("label"), Is.False);
        Assert.That(() => archive["label"], Throws.TypeOf<VolumeFormatException>().With.Message.Contains("'label'").And.Message.Contains("image"));
    }

    [Test]
    public void The_same_arrays_give_the_same_bytes()
    {
        using var folder = new TempFolder();
        KeyValuePair<string, NpyArray>[] arrays = [KeyValuePair.Create("image", NpyArray.Create(new float[1000], 10, 100))];
        NpzFile.Write(folder.File("a.npz"), arrays, compress: true);
        NpzFile.Write(folder.File("b.npz"), arrays, compress: true);
        Assert.That(File.ReadAllBytes(folder.File("a.npz")), Is.EqualTo(File.ReadAllBytes(folder.File("b.npz"))));
    }

    [Test]
    public void A_changed_byte_is_found_by_the_CRC()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create(new float[100], 100))]);
        var bytes = File.ReadAllBytes(folder.File("a.npz"));
        bytes[300] ^= 1;
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        using var archive = NpzFile.Open(folder.File("a.npz"));
        Assert.That(() => archive["image"], Throws.TypeOf<VolumeFormatException>().With.Message.Contains("CRC"));
    }

    [Test]
    public void An_entry_that_claims_more_than_its_bytes_can_hold_is_refused()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create(new float[100], 100))], compress: true);
        var bytes = File.ReadAllBytes(folder.File("a.npz"));
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(directory + 24), 0xF0000000);
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        using var archive = NpzFile.Open(folder.File("a.npz"));
        Assert.That(() => archive["image"], Throws.TypeOf<VolumeFormatException>().With.Message.Contains("size"));
    }

    [TestCase(1)]
    [TestCase(12)]
    [TestCase(99)]
    public void An_entry_of_another_compression_is_refused_in_our_own_words(byte method)
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create(new float[100], 100))], compress: true);
        var bytes = File.ReadAllBytes(folder.File("a.npz"));
        bytes[bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 10] = method;
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        using var archive = NpzFile.Open(folder.File("a.npz"));
        var fault = Assert.Throws<VolumeFormatException>(() => _ = archive["image"])!;
        Assert.That(fault.Message, Does.Contain("a.npz").And.Contain("'image'").And.Contain("stored or deflated").And.Contain("NumPy"));
        Assert.That(fault.Message, Does.Not.Contain(fault.InnerException!.Message.TrimEnd('.')));
    }

    [Test]
    public void Bytes_beyond_the_array_are_refused()
    {
        using var folder = new TempFolder();
        NpyFile.Write(folder.File("a.npy"), NpyArray.Create(new float[100], 100));
        using (var archive = ZipFile.Open(folder.File("a.npz"), ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("image.npy").Open();
            entry.Write(File.ReadAllBytes(folder.File("a.npy")));
            entry.Write(new byte[50_000_000]);
        }
        using var opened = NpzFile.Open(folder.File("a.npz"));
        Assert.That(() => opened["image"], Throws.TypeOf<VolumeFormatException>().With.Message.Contains("50000400 bytes"));
    }

    [Test]
    public void A_text_file_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.npz"), "no archive");
        Assert.That(() => NpzFile.Open(folder.File("a.npz")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("a.npz"));
    }
}
