using System.IO.Compression;
using System.Text;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Files that are not what their names say, damaged or hostile: each a clear error, nothing executed, little memory.</summary>
public sealed class BadCheckpointTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("hello, this is no checkpoint at all", "text: 'hello")]
    [TestCase("", "an empty file")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer")]
    [TestCase("<!DOCTYPE html><html></html>", "HTML")]
    public void Text_named_pth_is_called_what_it_is(string text, string expected) => AssertRefused(Encoding.ASCII.GetBytes(text), expected);

    [Test]
    public void A_missing_file_is_an_io_error() => Assert.That(() => TensorFile.Identify(_folder.File("none.pth")), Throws.InstanceOf<IOException>());

    // pickle.dumps of an object whose __reduce__ gives (os.system, ("…",)), in protocols 0, 2 and 4.
    [TestCase("cposix\nsystem\np0\n(Vtouch pwned\np1\ntp2\nRp3\n.", "os.system (posix.system)")]
    [TestCase("\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R.", "os.system")]
    [TestCase("\u0080\u0004\u0095\u001c\0\0\0\0\0\0\0\u008c\u0005posix\u0094\u008c\u0006system\u0094\u0093\u0094\u008c\u0004true\u0094\u0085R.", "os.system (posix.system)")]
    [TestCase("\u0080\u0002c__builtin__\neval\nX\u0001\0\0\01\u0085R.", "__builtin__.eval")]
    [TestCase("\u0080\u0002(ios\nsystem\n.", "os.system")]
    [TestCase("\u0080\u0002ctorch\nload\n)\u0081.", "torch.load")]
    public void A_pickle_that_calls_something_is_refused_by_name(string pickle, string name)
    {
        var bytes = Encoding.Latin1.GetBytes(pickle);
        AssertRefused(bytes, $"refused: the pickle asks to call {name}");

        TestFiles.WriteTorchZip(_folder.File("inner.pth"), bytes, []);
        var error = Assert.Throws<CheckpointFormatException>(() => TensorFile.Identify(_folder.File("inner.pth")))!;
        Assert.That(error.Message, Does.Contain(name).And.Contain("nothing was executed"));
    }

    [TestCase("ComplexFloatStorage")]
    [TestCase("complex64")]
    [TestCase("QInt8Storage")]
    public void An_element_type_that_is_not_supported_is_no_attack(string name)
    {
        TestFiles.WriteTorchZip(_folder.File("complex.pth"), Encoding.Latin1.GetBytes($"\u0080\u0002ctorch\n{name}\n."), []);
        Assert.That(() => TensorFile.Identify(_folder.File("complex.pth")),
            Throws.TypeOf<CheckpointFormatException>().With.Message.Contains($"got {name}").And.Message.Contains("float32").And.Message.Not.Contains("executed"));
    }

    [Test]
    public void A_sound_hand_made_archive_reads()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        byte[] storage = [.. values.SelectMany(BitConverter.GetBytes)];
        TestFiles.WriteTorchZip(_folder.File("a.pth"), TestFiles.TensorPickle(6, 0, [3, 2], [1, 3], location: "cuda:7"), storage, root: "my archive.v2", CompressionLevel.Optimal);
        byte[] swapped = [.. values.SelectMany(value => BitConverter.GetBytes(value).Reverse())];
        TestFiles.WriteTorchZip(_folder.File("b.pth"), TestFiles.TensorPickle(6, 1, [2, 2], [2, 1]), swapped, byteOrder: "big");

        using var transposed = TensorFile.Read(_folder.File("a.pth"));
        using var bigEndian = TensorFile.Read(_folder.File("b.pth"));

        Assert.That(transposed["x"].data<float>().ToArray(), Is.EqualTo(new float[] { 1, 4, 2, 5, 3, 6 }));
        Assert.That(bigEndian["x"].data<float>().ToArray(), Is.EqualTo(new float[] { 2, 3, 4, 5 }));
    }

    [TestCase(4, 0, new long[] { 5 }, new long[] { 1 }, "a view inside 4 elements")]
    [TestCase(4, 1, new long[] { 4 }, new long[] { 1 }, "a view inside 4 elements")]
    [TestCase(4, 0, new long[] { 2, 2 }, new long[] { 100, 1 }, "a view inside 4 elements")]
    [TestCase(4, 0, new long[] { -4 }, new long[] { 1 }, "not negative")]
    [TestCase(4, 0, new long[] { 4 }, new long[] { -1 }, "not negative")]
    [TestCase(4, -1, new long[] { 4 }, new long[] { 1 }, "an offset")]
    [TestCase(4, 0, new long[] { 4 }, new long[] { 1, 1 }, "as many strides as sizes")]
    [TestCase(4, 0, new long[] { long.MaxValue, 4 }, new long[] { 0, 1 }, "a view inside")]
    [TestCase(4, 0, new long[] { 1L << 40 }, new long[] { 0 }, "bomb")]
    [TestCase(5, 0, new long[] { 4 }, new long[] { 1 }, "5 elements of 4 bytes")]
    [TestCase(-1, 0, new long[] { 4 }, new long[] { 1 }, "persistent id")]
    [TestCase(long.MaxValue, 0, new long[] { 4 }, new long[] { 1 }, "elements of 4 bytes")]
    public void Numbers_that_leave_the_storage_are_refused(long count, long offset, long[] size, long[] stride, string expected)
    {
        TestFiles.WriteTorchZip(_folder.File("a.pth"), TestFiles.TensorPickle(count, offset, size, stride), new byte[16]);

        Assert.That(() => TensorFile.Identify(_folder.File("a.pth")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_zip_bomb_is_refused_before_it_is_inflated()
    {
        const int length = 300 << 20;
        var path = _folder.File("bomb.pth");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            Add(zip, "archive/data.pkl", TestFiles.TensorPickle(length / 4, 0, [length / 4], [1]), 1);
            Add(zip, "archive/data/0", new byte[1 << 20], length >> 20);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<CheckpointFormatException>(() => TensorFile.Identify(path))!;

        Assert.That(error.Message, Does.Contain("zip bomb"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_record_that_inflates_to_more_than_it_declares_is_refused()
    {
        var path = _folder.File("more.pth");
        TestFiles.WriteTorchZip(path, TestFiles.TensorPickle(25, 0, [25], [1]), new byte[4096], level: CompressionLevel.Optimal);
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length - 4; at++)
        {
            if (BitConverter.ToInt32(bytes, at) == 4096)
            {
                BitConverter.GetBytes(100).CopyTo(bytes, at);
            }
        }
        File.WriteAllBytes(path, bytes);

        Assert.That(() => TensorFile.Read(path), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("zip bomb"));
    }

    [Test]
    public void An_object_that_holds_itself_or_doubles_endlessly_is_refused()
    {
        AssertPickleRefused("]q\0h\0a.", "deep");                                             // l = []; l.append(l)
        var doubling = new StringBuilder("]q\0");
        for (var i = 0; i < 40; i++)
        {
            doubling.Append($"](h{(char)i}h{(char)i}eq{(char)(i + 1)}");
        }
        AssertPickleRefused(doubling + ".", "bomb");
        AssertPickleRefused(new string('(', 100_000) + ".", "marks");
    }

    [Test]
    public void A_text_encoded_over_and_over_is_refused()
    {
        const string encode = "c_codecs\nencode\n";
        var text = $"V{new string('a', 60_000)}\nq\0Vlatin1\nq\u0001";
        AssertPickleRefused($"({text}{string.Concat(Enumerable.Repeat($"{encode}h\0h\u0001\u0086R", 3000))}t.", "_codecs.encode");

        TestFiles.WriteTorchZip(_folder.File("once.pth"), Encoding.Latin1.GetBytes($"\u0080\u0002}}Vx\n{encode}({text}tRs."), []);
        Assert.That(() => TensorFile.Identify(_folder.File("once.pth")), Throws.Nothing);
    }

    [TestCase("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "8 bytes")]
    [TestCase("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "a hole")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3, "an overlap")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 3, "data")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[-2],\"data_offsets\":[0,2]}}", 2, "not negative")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,0]}}", 0, "data_offsets")]
    [TestCase("{\"x\":{\"dtype\":\"Q9\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "dtype")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,0]}}", 2, "data_offsets")]
    [TestCase("{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "twice")]
    [TestCase("{\"x\":3}", 0, "JSON")]
    [TestCase("{\"x\":", 0, "JSON")]
    public void A_safetensors_header_that_lies_is_refused(string header, int dataLength, string expected)
    {
        TestFiles.WriteSafetensors(_folder.File("a.safetensors"), header, new byte[dataLength]);

        Assert.That(() => TensorFile.Identify(_folder.File("a.safetensors")), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_safetensors_header_longer_than_the_file_is_refused() =>
        AssertRefused([.. BitConverter.GetBytes(1L << 40), .. "{}      "u8], "header length");

    private void AssertPickleRefused(string pickle, string expected)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.pth");
        TestFiles.WriteTorchZip(path, Encoding.Latin1.GetBytes("\u0080\u0002" + pickle), []);
        Assert.That(() => TensorFile.Identify(path), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains(expected));
    }

    private void AssertRefused(byte[] content, string expected)
    {
        var path = _folder.File("file.pth");
        File.WriteAllBytes(path, content);
        var error = Assert.Throws<CheckpointFormatException>(() => TensorFile.Identify(path))!;
        Assert.That(error.Message, Does.Contain(expected).And.Contain(path));
        Assert.That(CheckpointVerifier.Verify(path).IsSound, Is.False);
    }

    private static void Add(ZipArchive zip, string name, byte[] content, int times)
    {
        using var stream = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
        for (var i = 0; i < times; i++)
        {
            stream.Write(content);
        }
    }
}
