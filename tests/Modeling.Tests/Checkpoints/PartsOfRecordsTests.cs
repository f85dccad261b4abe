using SAMed.MLNet.Modeling.Checkpoints;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Files in which several tensors share a storage, so that its record is never read as a whole.</summary>
public sealed class PartsOfRecordsTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(2, 3)]
    [TestCase(40, 5000)]
    public void Sound_parts_arrive(int parts, int length)
    {
        var path = Write(parts, length, damaged: -1);

        using var file = TensorFile.Read(path);

        Assert.That(file.Names.SelectMany(name => file[name].data<float>().ToArray()), Is.EqualTo(Enumerable.Range(0, parts * length).Select(place => place + 0.5f)));
    }

    [TestCase(2, 3, 0)]
    [TestCase(2, 3, 5)]
    [TestCase(40, 5000, 0)]
    [TestCase(40, 5000, 199_999)]
    public void A_flipped_bit_is_refused_on_loading(int parts, int length, int damaged)
    {
        var path = Write(parts, length, damaged);

        Assert.That(() => TensorFile.Read(path), Throws.TypeOf<CheckpointFormatException>().With.Property("Field").EqualTo("archive/data/0").And.Message.Contains("CRC-32").And.Message.Contains(path));
    }

    [Test]
    public void A_part_is_refused_for_a_bit_of_another_part_each_time_it_is_asked_for()
    {
        using var file = TensorFile.Open(Write(2, 3, damaged: 5));
        using var target = zeros(3);

        Assert.That(() => file.Load("v0"), Throws.TypeOf<CheckpointFormatException>());
        Assert.That(() => file.Load("v0"), Throws.TypeOf<CheckpointFormatException>());
        Assert.That(() => file.ReadInto([KeyValuePair.Create("v0", target)]), Throws.TypeOf<CheckpointFormatException>());
    }

    [Test]
    public void Verifying_tells_a_damaged_record_once_and_without_the_file()
    {
        var path = Write(3, 4, damaged: 7);

        var finding = CheckpointVerifier.Verify(path).Findings.Single();

        Assert.That((finding.IsError, finding.Where), Is.EqualTo((true, "archive/data/0")));
        Assert.That(finding.What, Does.StartWith("expected CRC-32").And.Not.Contain(path).And.Not.Contain("data/0"));
    }

    private string Write(int parts, int length, int damaged)
    {
        var path = _folder.File("parts.pth");
        TestFiles.WriteParts(path, parts, length, damaged);
        return path;
    }
}
