using SAMed.MLNet.Imaging;
using SAMed.MLNet.Samples.Tests.Support;

namespace SAMed.MLNet.Samples.Tests;

/// <summary>The whole way from a folder to a label map, in one program; and its model in another.</summary>
public sealed class TrainAndPredictTests
{
    private readonly TempFolder _folder = new();
    private string _output = "";

    [OneTimeSetUp]
    public void Run() => _output = SampleProgram.MustRun("TrainAndPredict", "--output", _folder.Path, "--epochs", "6");

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void It_trains_evaluates_saves_and_labels()
    {
        var labels = VolumeFile.ReadLabels(_folder.File("labels.nii.gz"));
        var image = VolumeFile.Identify(ImageIn(_output));

        Assert.That(labels.Geometry.Matches(image.Geometry), Is.True);
        Assert.That(labels.CountLabels(), Has.Count.GreaterThan(1), "no organ was found");
        Assert.That(_output, Does.Contain("liver").And.Contain("pancreas").And.Contain("loss"));
        Assert.That(new FileInfo(_folder.File("model.zip")).Length, Is.GreaterThan(100_000));
    }

    [Test]
    public void Another_program_loads_the_model_and_gives_the_same_labels()
    {
        var other = SampleProgram.MustRun("LoadAndPredict", _folder.File("model.zip"), ImageIn(_output));

        Assert.That(LineOf(other, "sha256"), Is.EqualTo(LineOf(_output, "sha256")));
    }

    [Test]
    public void It_takes_other_data_a_SAM_checkpoint_and_its_sizes()
    {
        using var model = new TrainedModel(withBase: true);
        var output = model.File("out");

        var told = SampleProgram.MustRun("TrainAndPredict",
            "--output", output, "--data", model.Data, "--sam", model.BaseFile, "--model", model.SizesFile, "--epochs", "2");

        Assert.That(ImageIn(told), Does.StartWith(Path.Combine(model.Data, "images")));
        Assert.That(VolumeFile.ReadLabels(Path.Combine(output, "labels.nii.gz")).Geometry.Matches(VolumeFile.Identify(ImageIn(told)).Geometry), Is.True);
        Assert.That(Directory.Exists(Path.Combine(output, "data")), Is.False, "phantoms were drawn although there were data");
        Assert.That(new FileInfo(Path.Combine(output, "model.zip")).Length, Is.LessThan(new FileInfo(model.BaseFile).Length));
    }

    private static string ImageIn(string output) => LineOf(output, "image")["image".Length..].Trim();

    private static string LineOf(string output, string start) => output.Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
}
