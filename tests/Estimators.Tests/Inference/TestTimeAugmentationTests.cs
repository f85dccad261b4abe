using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>Flips of slices at prediction, on the reference's trained network.</summary>
[TestFixture]
[Category("Golden")]
public sealed class TestTimeAugmentationTests
{
    private GoldenPipeline _golden = null!;
    private SegmentationModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _golden = GoldenPipeline.Open();
        _model = SegmentationModel.Load(new()
        {
            LoraFile = _golden.Lora, SamFile = _golden.Sam, Model = Modeling.Sam.SamOptions.FromJsonFile(_golden.Config), Device = "cpu",
        });
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _model?.Dispose();
        _golden?.Dispose();
    }

    [Test]
    public void The_probabilities_are_the_mean_of_the_four_flips_and_the_labels_their_largest()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (size, classes) = (_golden.ImageSize, _golden.ClassCount + 1);
        var images = rand(2, 1, size, size, dtype: ScalarType.Float32, generator: new Generator(7, CPU));
        var got = NetworkPass.Run(_model.Network, CPU, images.data<float>().ToArray(), channels: 1, firstSlice: 0, TestTimeAugmentation.Flip, probabilities: true);

        var expected = new[] { Array.Empty<long>(), [2L], [3L], [2L, 3L] }
            .Select(axes => Turned(_model.Network.call(Turned(images, axes)).Masks.softmax(1), axes)).Aggregate((sum, next) => sum + next) / 4;

        Assert.That(got.Probabilities, Has.Length.EqualTo(2 * classes * size * size));
        Assert.That((tensor(got.Probabilities!, [2, classes, size, size]) - expected).abs().max().item<float>(), Is.LessThan(1e-5));
        Assert.That(got.Classes, Is.EqualTo(tensor(got.Probabilities!, [2, classes, size, size]).argmax(1).to(ScalarType.Byte).data<byte>().ToArray()));

        static Tensor Turned(Tensor images, long[] axes) => axes.Length == 0 ? images : images.flip(axes);
    }

    [Test]
    public void A_flipped_volume_gives_the_flipped_labels()
    {
        var image = VolumeFile.ReadImage(_golden.Volume(_golden.Cases[0]));
        var options = _model.Preprocessing(normalized: true) with { ZoomEdge = Transforms.ZoomEdge.Exact };
        var flipped = new Volume<float>(image.Geometry, [.. image.Voxels]);
        for (var row = 0; row < flipped.Geometry.Depth * flipped.Geometry.Height; row++)
        {
            flipped.Voxels.AsSpan(row * flipped.Geometry.Width, flipped.Geometry.Width).Reverse();
        }
        LabelVolume Labels(Volume<float> volume, TestTimeAugmentation tta) =>
            new VolumePredictor(_model.Network, options, CPU, new() { Tta = tta }).Predict(volume, hasGeometry: false).Labels;

        double Different(TestTimeAugmentation tta)
        {
            var (there, back) = (Labels(image, tta).Voxels, Labels(flipped, tta));
            for (var row = 0; row < back.Geometry.Depth * back.Geometry.Height; row++)
            {
                back.Voxels.AsSpan(row * back.Geometry.Width, back.Geometry.Width).Reverse();
            }
            return there.Zip(back.Voxels).Count(pair => pair.First != pair.Second) / (double)there.Length;
        }

        Assert.That(Different(TestTimeAugmentation.None), Is.GreaterThan(0.01), "the network knows left from right");
        Assert.That(Different(TestTimeAugmentation.Flip), Is.LessThan(0.005), "but for ties of the nearest pixel");
    }

    [Test]
    public void Logits_of_one_pass_are_not_given_for_labels_of_four()
    {
        var predictor = new VolumePredictor(_model.Network, _model.Preprocessing(normalized: true), CPU, new() { Tta = TestTimeAugmentation.Flip });
        var image = VolumeFile.ReadImage(_golden.Volume(_golden.Cases[0]));
        Assert.That(() => predictor.Predict(image, hasGeometry: false, keepLogits: true), Throws.ArgumentException.With.Message.Contains("probabilities"));
    }

    [Test]
    public void Faults_of_the_options_are_told_together()
    {
        var options = new PredictionOptions { BatchSize = 0, Tta = (TestTimeAugmentation)5, Postprocessing = new() { MinIslandVoxels = 0 } };
        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("BatchSize").And.Message.Contains("Tta").And.Message.Contains("MinIslandVoxels"));
    }
}
