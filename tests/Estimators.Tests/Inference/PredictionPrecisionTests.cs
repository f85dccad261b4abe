using Microsoft.ML;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>Labels of a trained network in bfloat16 are those of float32 but for a few voxels.</summary>
[Category("Golden")]
public sealed class PredictionPrecisionTests
{
    private const double Agreement = 0.995;

    [Test]
    public void At_least_995_of_1000_voxels_agree()
    {
        using var golden = GoldenPipeline.Open();
        using var exact = Load(golden, Precision.Fp32);
        using var rough = Load(golden, Precision.Bf16);
        foreach (var name in golden.Cases)
        {
            var (expected, got) = (Predict(exact, golden.Volume(name)), Predict(rough, golden.Volume(name)));
            var same = got.Labels.Voxels.Zip(expected.Labels.Voxels, (a, b) => a == b).Count(equal => equal);

            Assert.That(expected.Labels.CountLabels().Keys.Count(id => id != 0), Is.GreaterThan(2), "a volume without organs proves little");
            Assert.That(same / (double)expected.Labels.Voxels.Length, Is.GreaterThanOrEqualTo(Agreement), name);
            Assert.That(got.LowResLogits, Is.Not.EqualTo(expected.LowResLogits), name);
        }
    }

    [TestCase(Precision.Fp32)]
    [TestCase(Precision.Bf16)]
    public void A_model_from_files_computes_as_asked(Precision precision)
    {
        using var golden = GoldenPipeline.Open();
        using var model = new MLContext(1).Segmentation().FromCheckpoint(Files(golden) with { Precision = precision });

        Assert.That(model.Read(network => network.Precision), Is.EqualTo(precision));
    }

    private static SegmentationModelOptions Files(GoldenPipeline golden) =>
        new() { SamFile = golden.Sam, LoraFile = golden.Lora, Model = SamOptions.FromJsonFile(golden.Config), Device = "cpu" };

    private static SegmentationModel Load(GoldenPipeline golden, Precision precision) => SegmentationModel.Load(Files(golden) with { Precision = precision });

    private static VolumePrediction Predict(SegmentationModel model, string path) =>
        new VolumePredictor(model.Network, model.Preprocessing(normalized: true), model.Device).Predict(VolumeFile.ReadImage(path), hasGeometry: false, keepLogits: true);
}
