using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

public sealed class ReferenceLabelsTests
{
    private static readonly Geometry Grid = Geometry.Unplaced(3, 2, 4);

    [Test]
    public void Ids_are_read_as_they_are_without_a_table()
    {
        using var folder = new TempFolder();
        var header = Header(folder, [0, 1, 2, 8]);
        Assert.That(ReferenceLabels.Read(header, 8, table: null).ToVolume().Voxels, Is.EqualTo(VolumeFile.ReadLabels(header.Files.LabelPath!).Voxels));
    }

    [Test]
    public void A_table_says_what_the_ids_mean()
    {
        using var folder = new TempFolder();
        var header = Header(folder, [0, 1, 6, 13]);
        var expected = LabelTable.Btcv.Map(VolumeFile.ReadLabels(header.Files.LabelPath!), "");
        Assert.That(ReferenceLabels.Read(header, 8, LabelTable.Btcv).ToVolume().Voxels, Is.EqualTo(expected.Voxels));
    }

    [Test]
    public void Every_id_of_the_file_that_is_no_class_is_named()
    {
        using var folder = new TempFolder();
        // Each slice holds one of them.
        var header = Header(folder, [1, 9, 1, 1, 1, 1, 1, 1, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 11, 1, 1, 1, 1]);
        Assert.That(() => ReferenceLabels.Read(header, 8, table: null), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("9, 10, 11").And.Message.Contains("--labels"));
    }

    [Test]
    public void Every_id_of_the_file_that_the_table_does_not_know_is_named()
    {
        using var folder = new TempFolder();
        var header = Header(folder, [1, 90, 1, 1, 1, 1, 1, 1, 1, 1, 91, 1, 1, 1, 1, 1, 1, 1, 1, 92, 1, 1, 1, 1]);
        Assert.That(() => ReferenceLabels.Read(header, 8, LabelTable.Btcv), Throws.TypeOf<LabelTableException>().With.Message.Contains("90").And.Message.Contains("91").And.Message.Contains("92"));
    }

    [Test]
    public void A_file_that_was_replaced_is_refused()
    {
        using var folder = new TempFolder();
        var header = Header(folder, [0, 1]);
        VolumeFile.Write(header.Files.LabelPath!, new LabelVolume(Geometry.Unplaced(2, 2, 4)));
        Assert.That(() => ReferenceLabels.Read(header, 8, table: null), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("changed"));
    }

    private static CaseHeader Header(TempFolder folder, ushort[] ids)
    {
        var path = folder.File("labels.nii.gz");
        VolumeFile.Write(path, new LabelVolume(Grid, [.. Enumerable.Range(0, Grid.VoxelCount).Select(n => ids[n % ids.Length])]));
        return new(new("case", path, path, null), VolumeFile.IdentifyLabels(path).Geometry, Grid, HasGeometry: true);
    }
}
