using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;
using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using SAMed.MLNet.Modeling.Checkpoints.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Written files: every element type, any shape, zip64, and nothing left behind when writing fails.</summary>
public sealed class CheckpointWritingTests
{
    [TestCase(".pth")]
    [TestCase(".safetensors")]
    public void Every_element_type_and_shape_comes_back(string extension)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        var numbers = arange(24, dtype: ScalarType.Float32).view(2, 3, 4) - 7;
        List<TensorEntry> entries =
        [
            .. ElementTypes.Table.Where(row => row.Scalar is not null).Select(row => new TensorEntry(row.Name, numbers.to_type(row.Scalar!.Value))),
            new("transposed", numbers.permute(2, 0, 1)),
            new("part", numbers[1]),
            new("expanded", numbers[0, 0].expand(5, 4)),
            new("scalar", tensor(2.5f)),
            new("empty", zeros(3, 0, 2)),
            new("Ünïcode 名", ones(1)),
            new("parameter", ones(2), IsParameter: true),
        ];

        TensorFile.Write(folder.File($"all{extension}"), entries);
        using var file = TensorFile.Read(folder.File($"all{extension}"));

        Assert.That(file.Names, Is.EqualTo(entries.Select(entry => entry.Name)));
        foreach (var entry in entries)
        {
            var read = file[entry.Name];
            Assert.That(read.dtype, Is.EqualTo(entry.Tensor.dtype), entry.Name);
            Assert.That(read.shape, Is.EqualTo(entry.Tensor.shape), entry.Name);
            Assert.That(read.equal(entry.Tensor.contiguous()).all().item<bool>(), entry.Name);
            Assert.That(file.IsParameter(entry.Name), Is.EqualTo(entry.IsParameter), entry.Name);
        }
    }

    [Test]
    public void Zip64_archives_read()
    {
        using var folder = new TempFolder();
        var dict = new PickleDict(ordered: false);
        using var values = arange(100, dtype: ScalarType.Int64);
        dict.Set("x", TensorMemory.Declare(new TensorEntry("x", values)));
        using (var stream = File.Create(folder.File("big.pth")))
        {
            TorchZipWriter.Write(stream, "big.pth", "big", new FlatTree("big.pth", dict), new Dictionary<string, string>(), zip64From: 100);
        }

        using var file = TensorFile.Read(folder.File("big.pth"));
        using (var zip = System.IO.Compression.ZipFile.OpenRead(folder.File("big.pth")))
        {
            Assert.That(zip.GetEntry("big/data/0")!.Length, Is.EqualTo(800), "as .NET's own reader sees it");
        }
        Assert.That(file["x"].data<long>().ToArray(), Is.EqualTo(Enumerable.Range(0, 100).Select(value => (long)value)));
    }

    [Test]
    public void The_same_content_gives_the_same_bytes_and_data_start_at_multiples_of_64()
    {
        using var folder = new TempFolder();
        using var values = arange(10, dtype: ScalarType.Float32);
        foreach (var name in new[] { "a/x.pth", "b/x.pth" })
        {
            TensorFile.Write(folder.File(name), [new TensorEntry("x", values), new TensorEntry("y", values)]);
        }
        using var bytes = new FileBytes(folder.File("a/x.pth"));

        Assert.That(File.ReadAllBytes(folder.File("a/x.pth")), Is.EqualTo(File.ReadAllBytes(folder.File("b/x.pth"))));
        Assert.That(SAMed.MLNet.Modeling.Checkpoints.Zip.ZipDirectory.Read(bytes).Select(entry => entry.DataOffset % 64), Is.All.Zero);
    }

    [TestCase(".pth")]
    [TestCase(".safetensors")]
    public void A_disk_that_fills_up_leaves_the_old_file_and_nothing_half_written(string extension)
    {
        using var folder = new TempFolder();
        var path = folder.File($"model{extension}");
        using var values = ones(1000);
        TensorFile.Write(path, [new TensorEntry("x", values)]);
        var old = File.ReadAllBytes(path);
        var dict = new PickleDict(ordered: false);
        dict.Set("x", TensorMemory.Declare(new TensorEntry("x", values)));
        var write = TensorFile.WriterFor(path, new FlatTree(path, dict), new Dictionary<string, string>());

        for (var capacity = 0; capacity < old.Length; capacity += 97)
        {
            Assert.That(() => SAMed.MLNet.Shared.AtomicFile.Write(path, stream => write(new FullDisk(stream, capacity))), Throws.InstanceOf<IOException>());
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(old));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_name_twice_and_an_unknown_extension_are_refused_before_anything_is_written()
    {
        using var folder = new TempFolder();
        using var values = ones(1);

        Assert.That(() => TensorFile.Write(folder.File("a.pth"), [new TensorEntry("x", values), new TensorEntry("x", values)]), Throws.ArgumentException);
        Assert.That(() => TensorFile.Write(folder.File("a.txt"), [new TensorEntry("x", values)]), Throws.ArgumentException.With.Message.Contains(".safetensors"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void Tensors_are_released_with_the_file()
    {
        using var folder = new TempFolder();
        using var values = ones(1000);
        TensorFile.Write(folder.File("x.pth"), [new TensorEntry("x", values)]);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
        {
            using var file = TensorFile.Read(folder.File("x.pth"));
            _ = file["x"];
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    private sealed class FullDisk(Stream inner, long capacity) : Stream
    {
        private long _written;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _written;

        public override long Position { get => _written; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _written += buffer.Length;
            if (_written > capacity)
            {
                throw new IOException("No space left on device");
            }
            inner.Write(buffer);
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
