using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Pictures;

/// <summary>Pictures in colour through ML.NET: load, resize, train, score, save and load again.</summary>
public sealed class ColourPipelineTests
{
    private static readonly SliceDataOptions s_colour = new() { Labels = ColourSlices.Labels, Channels = 3 };

    [Test]
    public void A_row_holds_the_planes_one_after_the_other_and_ResizeSlice_keeps_them()
    {
        using var folder = new TempFolder();
        var ml = new MLContext();
        var data = ml.Data.LoadSlices(ColourDiscs.Write(folder.Path, 1), s_colour);
        var resized = ml.Transforms.ResizeSlice("Image", size: 16, channels: 3).Fit(data).Transform(data);
        var expected = VolumeFile.ReadChannels(folder.File("images/p0.png"));
        Assert.That(data.GetColumn<float[]>("Image").Single(), Is.EqualTo(expected.SelectMany(channel => channel.Voxels)));
        Assert.That(((VectorDataViewType)resized.Schema["Image"].Type).Dimensions, Is.EqualTo([3, 16, 16]));
        var plane = new float[256];
        SplineResize.Resize(expected[2].Voxels, ColourDiscs.Height, ColourDiscs.Width, plane, 16, 16, SplineOrder.Cubic, ZoomEdge.Exact);
        Assert.That(resized.GetColumn<float[]>("Image").Single()[512..], Is.EqualTo(plane));
    }

    /// <summary>With ResizeSlice the model learns (guessing background everywhere is right for 89 %); without it the columns Height and Width say the size.</summary>
    [TestCase(true, 40, 0.93)]
    [TestCase(false, 1, 0)]
    public void A_trained_pipeline_scores_pictures_and_so_does_its_saved_model(bool resize, int epochs, double right)
    {
        using var folder = new TempFolder();
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadSlices(ColourDiscs.Write(folder.Path, 8), s_colour);
        SamLoraSegmentationTrainer trainer = ml.Segmentation().Trainers.SamLora(new()
        {
            Model = TinyRun.Model, Lora = new() { Rank = 2, TrainEncoder = true }, Channels = 3,
            Training = TinyRun.Options with { Epochs = epochs, Augment = false },
        });
        ITransformer model = resize ? ml.Transforms.ResizeSlice("Image", size: 30, channels: 3).Append(trainer).Fit(data) : trainer.Fit(data);
        var labels = Labels(model.Transform(data));
        var truth = data.GetColumn<byte[]>("Label").SelectMany(row => row).ToArray();
        ml.Model.Save(model, data.Schema, folder.File("model.zip"));

        Assert.That(labels, Has.Length.EqualTo(truth.Length));
        Assert.That(labels.Zip(truth).Count(pair => pair.First == pair.Second), Is.GreaterThan(right * truth.Length));
        Assert.That(Labels(ml.Model.Load(folder.File("model.zip"), out _).Transform(data)), Is.EqualTo(labels));

        static byte[] Labels(IDataView scored) => [.. scored.GetColumn<byte[]>("PredictedLabel").SelectMany(row => row)];
    }

    [Test]
    public void Channels_that_the_trainer_does_not_expect_are_told_with_what_to_set()
    {
        using var folder = new TempFolder();
        var ml = new MLContext();
        var data = ml.Data.LoadSlices(ColourDiscs.Write(folder.Path, 1), s_colour);
        var resized = ml.Transforms.ResizeSlice("Image", size: 16).Fit(data).Transform(data);
        Assert.That(() => resized.GetColumn<float[]>("Image").Single(), Throws.InvalidOperationException.With.Message.Contains("3 channels").And.Message.Contains("Channels"));
        Assert.That(() => ml.Segmentation().Trainers.SamLora(new() { Channels = 2 }), Throws.ArgumentException.With.Message.Contains("Channels"));
        Assert.That(() => new SliceDataOptions { Channels = 4 }.Validate(), Throws.ArgumentException.With.Message.Contains("Channels"));
    }
}
