using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

/// <summary>A folder of results tells of one test: of the last one, and of no more than was done.</summary>
public class EarlierResultsTests : OnGoldenPipeline
{
    [Test]
    public void A_second_test_leaves_nothing_of_the_first_and_everything_that_is_not_of_a_test()
    {
        _ = TestProtocol.Execute(Options() with { SaveNifti = true });
        Write("run.json", """{"command":"train"}""");
        Write("run.test.json", """{"command":"test"}""");
        Write("reproduction.md", "old");
        Write("predictions/mine_pred.nii.gz", "mine");
        Write("notes.txt", "mine");

        _ = TestProtocol.Execute(Options() with { Cases = [Options().Cases[1]], SaveNifti = true });

        var left = Directory.EnumerateFiles(Folder.File("out"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder.File("out"), path).Replace('\\', '/'));
        Assert.That(left, Is.EquivalentTo(new[] { "pred", "img", "gt" }.Select(what => $"predictions/{Golden.Cases[1]}_{what}.nii.gz")
            .Concat(["scores.json", "scores.csv", "scores.md", "test_log/log.txt", "run.json", "predictions/mine_pred.nii.gz", "notes.txt"])));
    }

    [Test]
    public void A_stopped_test_leaves_no_scores_of_the_one_before()
    {
        _ = TestProtocol.Execute(Options());
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver { OnLog = line => { if (line.StartsWith("idx 0", StringComparison.Ordinal)) { stop.Cancel(); } } };

        Assert.That(() => TestProtocol.Execute(Options(), observer, stop.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(Directory.EnumerateFiles(Folder.File("out"), "*", SearchOption.AllDirectories).Select(Path.GetFileName), Is.EqualTo(new[] { "log.txt" }));
    }

    [Test]
    public void A_log_that_is_not_ours_gives_nothing_away()
    {
        Write("test_log/log.txt", File.ReadAllText(Golden.Log));
        Write("reproduction.md", "mine");

        _ = TestProtocol.Execute(Options() with { Cases = [Options().Cases[0]] });

        Assert.That(File.ReadAllText(Folder.File("out/reproduction.md")), Is.EqualTo("mine"));
    }

    [Test]
    public void An_id_that_is_no_class_is_told_before_anything_is_segmented_or_removed()
    {
        _ = TestProtocol.Execute(Options());
        var (image, labels) = (VolumeFile.ReadImage(Golden.Volume(Golden.Cases[1])), VolumeFile.ReadLabels(Golden.Volume(Golden.Cases[1])));
        labels.Voxels[^1] = 77;
        var (depth, height, width) = (image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width);
        var path = Folder.File("odd.npz");
        NpzFile.Write(path, [new("image", NpyArray.Create(image.Voxels, depth, height, width)), new("label", NpyArray.Create(labels.Voxels, depth, height, width))]);
        var scores = File.ReadAllText(Folder.File("out/scores.json"));
        var observer = new RecordingObserver();

        Assert.That(() => TestProtocol.Execute(Options() with { Cases = [Options().Cases[0], new("odd", path, path)] }, observer),
            Throws.InstanceOf<VolumeFormatException>().With.Message.Contains("77").And.Message.Contains("--labels"));

        Assert.That((observer.Lines.Count, observer.Progress.Count), Is.EqualTo((0, 0)));
        Assert.That(File.ReadAllText(Folder.File("out/scores.json")), Is.EqualTo(scores));
    }

    [Test]
    public void A_test_that_gets_through_no_case_leaves_no_log()
    {
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver { OnLog = _ => stop.Cancel() };

        Assert.That(() => TestProtocol.Execute(Options(), observer, stop.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(Directory.EnumerateFileSystemEntries(Folder.File("out")), Is.Empty);
    }

    private TestProtocolOptions Options() => new()
    {
        Model = new() { SamFile = Golden.Sam, LoraFile = Golden.Lora, Model = SamOptions.FromJsonFile(Golden.Config), Device = "cpu" },
        Cases = TestVolumes.Find(Golden.TestVolumes, Golden.List),
        Output = Folder.File("out"),
    };

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.File("out/" + name))!);
        File.WriteAllText(Folder.File("out/" + name), text);
    }
}
