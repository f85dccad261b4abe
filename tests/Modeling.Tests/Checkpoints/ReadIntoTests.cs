using SAMed.MLNet.Modeling.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Reading a file's tensors into existing ones, right into their memory or by way of a copy.</summary>
public sealed class ReadIntoTests
{
    private const int Many = 60;
    private TempFolder _folder = null!;
    private DisposeScope _scope = null!;

    [SetUp]
    public void MakeFolder() => (_folder, _scope) = (new TempFolder(), NewDisposeScope());

    [TearDown]
    public void RemoveFolder()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [TestCase(".pth")]
    [TestCase(".safetensors")]
    public void Many_tensors_of_all_sizes_arrive_in_the_same_memory(string extension)
    {
        var values = Enumerable.Range(0, Many).Select(i => rand((i * 977 % 50) + 1, i % 7 == 0 ? 3000 : i)).ToList();
        var path = Write(extension, values);
        var targets = values.Select(value => full_like(value, -1)).ToList();
        var addresses = targets.ConvertAll(TensorMemoryAddress);
        using var file = TensorFile.Open(path);

        file.ReadInto(targets.Select((target, i) => KeyValuePair.Create($"t{i}", target)));

        Assert.That(targets.Zip(values), Is.All.Matches<(Tensor Read, Tensor Written)>(pair => pair.Read.equal(pair.Written).all().item<bool>()));
        Assert.That(targets.ConvertAll(TensorMemoryAddress), Is.EqualTo(addresses));
    }

    [Test]
    public void Other_types_layouts_and_strided_files_are_converted()
    {
        var values = arange(24, dtype: ScalarType.Float32).view(4, 6);
        var path = Write(".pth", [values, values, values]);
        Tensor[] targets = [zeros(4, 6, dtype: ScalarType.Float64), zeros(6, 4).t(), zeros(4, 12).slice(1, 0, 12, 2)];
        using var file = TensorFile.Open(path);

        file.ReadInto(targets.Select((target, i) => KeyValuePair.Create($"t{i}", target)));

        Assert.That(targets, Is.All.Matches<Tensor>(target => target.to_type(ScalarType.Float32).equal(values).all().item<bool>()));
    }

    [Test]
    public void A_strided_or_byte_swapped_tensor_reads_right_into_its_target()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        byte[] swapped = [.. values.SelectMany(value => BitConverter.GetBytes(value).Reverse())];
        TestFiles.WriteTorchZip(_folder.File("a.pth"), TestFiles.TensorPickle(6, 0, [3, 2], [1, 3]), swapped, byteOrder: "big");
        var target = zeros(3, 2);
        using var file = TensorFile.Open(_folder.File("a.pth"));

        file.ReadInto([KeyValuePair.Create("x", target)]);

        Assert.That(target.data<float>().ToArray(), Is.EqualTo(new float[] { 1, 4, 2, 5, 3, 6 }));
    }

    [Test]
    public void Parameters_keep_their_gradient_flag_and_need_no_graph()
    {
        var path = Write(".pth", [ones(3)]);
        using var parameter = new TorchSharp.Modules.Parameter(zeros(3));
        using var file = TensorFile.Open(path);

        file.ReadInto([KeyValuePair.Create<string, Tensor>("t0", parameter)]);

        Assert.That(parameter.detach().data<float>().ToArray(), Is.EqualTo(new float[] { 1, 1, 1 }));
        Assert.That(parameter, Has.Property(nameof(Tensor.requires_grad)).True.And.Property(nameof(Tensor.is_leaf)).True);
    }

    [Test]
    public void A_wrong_shape_or_an_unknown_name_changes_nothing()
    {
        var path = Write(".pth", [ones(3), ones(4)]);
        var (right, wrong) = (zeros(3), zeros(5));
        using var file = TensorFile.Open(path);

        Assert.That(() => file.ReadInto([KeyValuePair.Create("t0", right), KeyValuePair.Create("t1", wrong)]), Throws.ArgumentException.With.Message.Contains("[4]").And.Message.Contains("[5]"));
        Assert.That(() => file.ReadInto([KeyValuePair.Create("t0", right), KeyValuePair.Create("none", wrong)]), Throws.TypeOf<KeyNotFoundException>());
        Assert.That(right.sum().item<float>(), Is.Zero);
    }

    [Test]
    public void Of_several_damaged_records_the_first_is_named()
    {
        var path = Write(".pth", [.. Enumerable.Range(0, Many).Select(i => full(1000, i + 1.5f))]);
        var bytes = File.ReadAllBytes(path);
        foreach (var damaged in new[] { 41, 17, 53 })
        {
            bytes[bytes.AsSpan().IndexOf(Enumerable.Repeat(BitConverter.GetBytes(damaged + 1.5f), 1000).SelectMany(value => value).ToArray()) + 123] ^= 1;
        }
        File.WriteAllBytes(path, bytes);

        Assert.That(() => TensorFile.Read(path), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("data/17").And.Message.Contains("CRC-32"));
    }

    private string Write(string extension, IReadOnlyList<Tensor> values)
    {
        var path = _folder.File($"tensors{extension}");
        TensorFile.Write(path, values.Select((value, i) => new TensorEntry($"t{i}", value)));
        return path;
    }

    private static unsafe nint TensorMemoryAddress(Tensor tensor)
    {
        if (tensor.NumberOfElements == 0)
        {
            return 0;
        }
        fixed (byte* pointer = tensor.bytes)
        {
            return (nint)pointer;
        }
    }
}
