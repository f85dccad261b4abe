using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>Volumes through the library against the reference's own run, from the files to the labels.</summary>
[Category("Golden")]
public class GoldenPipelineTests
{
    private GoldenPipeline _golden = null!;
    private SegmentationModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _golden = GoldenPipeline.Open();
        _model = SegmentationModel.Load(new() { SamFile = _golden.Sam, LoraFile = _golden.Lora, Model = SamOptions.FromJsonFile(_golden.Config), Device = "cpu" });
    }

    [OneTimeTearDown]
    public void Unload()
    {
        _model?.Dispose();
        _golden?.Dispose();
    }

    [Test]
    public void A_file_of_the_reference_is_run_the_references_way()
    {
        var options = _model.Preprocessing(normalized: true);

        Assert.That(options, Is.EqualTo(new PreprocessingOptions { ImageSize = _golden.ImageSize, InputSize = _golden.InputSize, ZoomEdge = ZoomEdge.Paper }));
        Assert.That((_model.Preprocessing(normalized: false).WindowMin, _model.Preprocessing(normalized: false).WindowMax), Is.EqualTo((-125f, 275f)));
        Assert.That(_model.Classes, Has.Count.EqualTo(_golden.ClassCount));
    }

    [TestCase(1)]
    [TestCase(5)]
    public void Logits_and_labels_are_the_references(int batchSize)
    {
        foreach (var name in _golden.Cases)
        {
            var prediction = Predict(_golden.Volume(name), normalized: true, batchSize);

            Assert.That(MaxDifference(prediction.LowResLogits!, _golden.LowResLogits(name)), Is.LessThanOrEqualTo(1e-4), name);
            Assert.That(_golden.UnexplainedPixels(name, prediction.NetworkLabels!), Is.Zero, $"{name}: argmax");
            Assert.That(_golden.UnexplainedVoxels(name, prediction.Labels), Is.Zero, $"{name}: labels");
        }
    }

    [Test]
    public void The_network_input_is_the_references()
    {
        using var expected = Imaging.Numpy.NpzFile.Open(Path.Combine(_golden.Folder, "end_to_end.npz"));
        var preparation = new SlicePreparation(_model.Preprocessing(normalized: true));
        var pixels = _golden.ImageSize * _golden.ImageSize;
        foreach (var name in _golden.Cases)
        {
            var image = VolumeFile.ReadImage(_golden.Volume(name));
            var input = new float[image.Geometry.Depth * pixels];
            for (var z = 0; z < image.Geometry.Depth; z++)
            {
                preparation.ToNetwork(image.Slice(z), image.Geometry.Height, image.Geometry.Width, input.AsSpan(z * pixels, pixels));
            }
            Assert.That(MaxDifference(input, expected[name + "_net_input"].ToSingle()), Is.LessThanOrEqualTo(2e-6), name);
        }
    }

    [Test]
    public void The_raw_NIfTI_gives_the_same_labels_on_its_own_grid()
    {
        foreach (var name in _golden.Cases)
        {
            var fromH5 = Predict(_golden.Volume(name), normalized: true).Labels;
            var fromRaw = Predict(_golden.RawImage(name), normalized: false).Labels;

            Assert.That(fromRaw.Voxels, Is.EqualTo(fromH5.Voxels), name);
            Assert.That(fromRaw.Geometry.Affine, Is.EqualTo(VolumeFile.Identify(_golden.RawImage(name)).Geometry.Affine), name);
        }
    }

    private VolumePrediction Predict(string path, bool normalized, int batchSize = 4) =>
        new VolumePredictor(_model.Network, _model.Preprocessing(normalized), _model.Device, new PredictionOptions { BatchSize = batchSize })
            .Predict(VolumeFile.ReadImage(path), VolumeFile.Identify(path).HasGeometry, keepLogits: true);

    private static float MaxDifference(float[] got, float[] expected)
    {
        Assert.That(got, Has.Length.EqualTo(expected.Length));
        return got.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }
}
