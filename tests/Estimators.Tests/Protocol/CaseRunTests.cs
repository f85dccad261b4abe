using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

public sealed class CaseRunTests : OnGoldenPipeline
{
    [Test]
    public void A_reference_that_was_kept_scores_as_one_that_is_read_again()
    {
        using var model = SegmentationModel.Load(Options().Model);
        var header = Header();
        Assert.That(Checked(model, header, keptBytes: 1 << 20).Measure(header, 0, default).Organs, Is.EqualTo(Checked(model, header, keptBytes: 0).Measure(header, 0, default).Organs));
    }

    [Test]
    public void A_reference_is_read_once_where_there_is_room_to_keep_it_and_else_again()
    {
        using var model = SegmentationModel.Load(Options().Model);
        var header = Header();
        var (kept, again) = (Checked(model, header, keptBytes: 1 << 20), Checked(model, header, keptBytes: 0));
        File.Delete(header.Files.LabelPath!);
        Assert.Multiple(() =>
        {
            Assert.That(() => kept.Measure(header, 0, default), Throws.Nothing);
            Assert.That(() => again.Measure(header, 0, default), Throws.TypeOf<FileNotFoundException>());
        });
    }

    private TestProtocolOptions Options() => new()
    {
        Model = new() { SamFile = Golden.Sam, LoraFile = Golden.Lora, Model = SamOptions.FromJsonFile(Golden.Config), Device = "cpu" },
        Cases = TestVolumes.Find(Golden.TestVolumes, Golden.List),
        Output = Folder.File("out"),
    };

    private CaseRun Checked(SegmentationModel model, CaseHeader header, long keptBytes)
    {
        var run = new CaseRun(model, Options(), observer: null, keptBytes);
        run.CheckLabels([header], default);
        return run;
    }

    /// <summary>A case whose labels are a file of their own.</summary>
    private CaseHeader Header()
    {
        var volume = Golden.Volume(Golden.Cases[0]);
        var (image, labels) = (Folder.File("image.npy"), Folder.File("labels.npy"));
        VolumeFile.Write(image, VolumeFile.ReadImage(volume));
        VolumeFile.Write(labels, VolumeFile.ReadLabels(volume));
        return new CaseReader(labels: null, orientation: null).ReadHeader(new("case", image, labels, null));
    }
}
