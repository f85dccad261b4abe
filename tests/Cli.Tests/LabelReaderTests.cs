using SAMed.MLNet.Cli.Evaluation;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class LabelReaderTests
{
    private const int Size = 256, Depth = 40;

    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Two_files_take_less_memory_than_half_a_byte_per_voxel()
    {
        var (pair, reader) = (Write(1, 3), new LabelReader(null));
        reader.LabelsOf(pair);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var labels = reader.LabelsOf(pair);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan((long)Depth * Size * Size));
        Assert.That(labels, Is.EquivalentTo(new[] { 0, 1, 3 }));
    }

    [Test]
    public void Ids_that_the_table_does_not_know_are_told_whatever_slice_they_are_in() =>
        Assert.That(() => new LabelReader(LabelTable.Synapse).LabelsOf(Write(901, 902)), Throws.InstanceOf<LabelTableException>().With.Message.Contains("901").And.Message.Contains("902"));

    /// <summary>A file with <paramref name="first"/> in the first slice and <paramref name="last"/> in the last.</summary>
    private CasePair Write(ushort first, ushort last)
    {
        var labels = new LabelVolume(Geometry.Unplaced(Depth, Size, Size, 1, 1, 1));
        labels.Slice(0).Slice(Size, 20).Fill(first);
        labels.Slice(Depth - 1).Slice(Size, 20).Fill(last);
        VolumeFile.Write(_folder.File("labels.nii.gz"), labels);
        return new("labels", _folder.File("labels.nii.gz"), _folder.File("labels.nii.gz"));
    }
}
