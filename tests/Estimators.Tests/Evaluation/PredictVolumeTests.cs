using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class PredictVolumeTests
{
    private static readonly MLContext Ml = new(1);

    [Test]
    public void Labels_lie_on_the_files_own_grid([Values("RAS", "LPS", "ASR")] string stored, [Values(null, "RAS", "LAS", "SRP")] string? sliced)
    {
        using var folder = new TempFolder();
        var image = Orientation.Reorient(PhantomRun.Image(3), stored);
        VolumeFile.Write(folder.File("image.nii.gz"), image);
        var expected = VolumeFile.ReadImage(folder.File("image.nii.gz"));
        var labels = Ml.Segmentation().PredictVolume(Bright(), folder.File("image.nii.gz"), new() { Orientation = sliced });
        Assert.That(labels.Geometry, Is.EqualTo(expected.Geometry));
        Assert.That(labels.Voxels, Is.EqualTo(Array.ConvertAll(expected.Voxels, value => (ushort)(value > 100 ? 2 : value > 0 ? 1 : 0))));
    }

    [Test]
    public void The_model_sees_slices_in_the_orientation_of_the_options()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("image.nii.gz"), Orientation.Reorient(PhantomRun.Image(3), "RAS"));
        var firstRows = Ml.Segmentation().PredictVolume(FirstRow(), folder.File("image.nii.gz"), new() { Orientation = "RPS" });
        // The first row as the model sees it points to the back: in the file it is the last.
        for (var z = 0; z < firstRows.Geometry.Depth; z++)
        {
            Assert.That(firstRows.Slice(z)[..^firstRows.Geometry.Width].ToArray(), Is.All.Zero);
            Assert.That(firstRows.Slice(z)[^firstRows.Geometry.Width..].ToArray(), Is.All.EqualTo(1));
        }
    }

    [TestCase("case.npz")]
    [TestCase("case_slice012.npy")]
    [TestCase("case.h5")]
    public void Files_without_a_geometry_are_sliced_as_stored(string name)
    {
        using var folder = new TempFolder();
        var (depth, random) = (name.EndsWith("npy", StringComparison.Ordinal) ? 1 : 3, new Random(4));
        var image = new Volume<float>(Geometry.Unplaced(depth, 5, 4), [.. Enumerable.Range(0, depth * 20).Select(_ => (random.NextSingle() * 400) - 100)]);
        VolumeFile.Write(folder.File(name), image);
        var labels = Ml.Segmentation().PredictVolume(Bright(), folder.File(name));
        Assert.That(labels.Geometry, Is.EqualTo(image.Geometry));
        Assert.That(labels.Voxels, Is.EqualTo(Array.ConvertAll(image.Voxels, value => (ushort)(value > 100 ? 2 : value > 0 ? 1 : 0))));
    }

    [Test]
    public void The_predicted_label_may_have_another_name()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("image.nii.gz"), PhantomRun.Image(3));
        var labels = Ml.Segmentation().PredictVolume(Bright("Mask"), folder.File("image.nii.gz"), predictedLabelColumnName: "Mask");
        Assert.That(labels.CountLabels().Keys, Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(
            () => Ml.Segmentation().PredictVolume(Bright("Mask"), folder.File("image.nii.gz")),
            Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("'PredictedLabel'").And.Message.Contains("Mask"));
    }

    [Test]
    public void A_prediction_of_another_size_is_refused()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("image.nii.gz"), PhantomRun.Image(3));
        var resized = Ml.Transforms.ResizeSlice("Image", size: 16).Append(Estimator("PredictedLabel", image => Array.ConvertAll(image, _ => (byte)1)));
        Assert.That(() => Ml.Segmentation().PredictVolume(Fit(resized), folder.File("image.nii.gz")), Throws.InvalidOperationException.With.Message.Contains("256").And.Message.Contains("36×40"));
    }

    [Test]
    public void Labels_are_cleaned_when_asked_for()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("image.nii.gz"), PhantomRun.Image(3));
        var plain = Ml.Segmentation().PredictVolume(Bright(), folder.File("image.nii.gz"));
        var options = new PostprocessingOptions { LargestComponent = true, FillHoles = true };
        var cleaned = Ml.Segmentation().PredictVolume(Bright(), folder.File("image.nii.gz"), postprocessing: options);
        Assert.That(cleaned.Voxels, Is.EqualTo(LabelPostprocessing.Apply(plain, options).Voxels).And.Not.EqualTo(plain.Voxels));
        Assert.That(() => Ml.Segmentation().PredictVolume(Bright(), "/nowhere/image.nii.gz", postprocessing: new() { MinIslandVoxels = 0 }), Throws.ArgumentException);
    }

    [Test]
    public void A_missing_file_and_wrong_options_are_refused()
    {
        Assert.That(() => Ml.Segmentation().PredictVolume(Bright(), "/nowhere/image.nii.gz"), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(() => Ml.Segmentation().PredictVolume(Bright(), "/nowhere/image.nii.gz", new() { Orientation = "XYZ" }), Throws.ArgumentException.With.Message.Contains("XYZ"));
        Assert.That(() => Ml.Segmentation().PredictVolume(null!, "image.nii.gz"), Throws.ArgumentNullException);
    }

    [Test]
    public void A_cancelled_prediction_ends()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("image.nii.gz"), PhantomRun.Image(3));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => Ml.Segmentation().PredictVolume(Bright(), folder.File("image.nii.gz"), cancellationToken: cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Two classes by thresholds.</summary>
    private static ITransformer Bright(string output = "PredictedLabel") =>
        Fit(Estimator(output, image => Array.ConvertAll(image, value => (byte)(value > 100 ? 2 : value > 0 ? 1 : 0))));

    /// <summary>Class 1 in the first row of the slice.</summary>
    private static ITransformer FirstRow()
    {
        var mapping = Ml.Transforms.CustomMapping<Sized, Output>(
            (from, to) => to.Label = [.. Enumerable.Range(0, from.Image.Length).Select(i => (byte)(i < from.Width ? 1 : 0))], contractName: null, outputSchemaDefinition: Named("PredictedLabel"));
        return Fit(mapping);
    }

    private static CustomMappingEstimator<Input, Output> Estimator(string output, Func<float[], byte[]> predict) =>
        Ml.Transforms.CustomMapping<Input, Output>((from, to) => to.Label = predict(from.Image), contractName: null, outputSchemaDefinition: Named(output));

    private static ITransformer Fit(IEstimator<ITransformer> estimator) => estimator.Fit(Ml.Data.LoadFromEnumerable(new[] { new Sized() }));

    private static SchemaDefinition Named(string output)
    {
        var schema = SchemaDefinition.Create(typeof(Output));
        schema[0].ColumnName = output;
        return schema;
    }

    private class Input
    {
        public float[] Image { get; set; } = [];
    }

    private sealed class Sized : Input
    {
        public int Height { get; set; }

        public int Width { get; set; }
    }

    private sealed class Output
    {
        public byte[] Label { get; set; } = [];
    }
}
