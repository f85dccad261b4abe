using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using Tensorboard;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>Pictures in TensorBoard's event files: a record is its length (8 bytes), a checksum (4), the event, and another checksum (4).</summary>
public sealed class TensorBoardPictureTests
{
    [Test]
    public void Image_prediction_and_truth_are_logged_as_grey_values()
    {
        using var folder = new TempFolder();
        var picture = new TrainingPicture(2, [-1, 0, 1, 3], [0, 1, 2, 0], [2, 2, 0, 1], ClassCount: 2);
        using (var log = new TensorBoardLog(folder.Path))
        {
            log.AddPicture(step: 19, picture);
        }

        var images = Images(folder);
        using var several = Assert.EnterMultipleScope();
        Assert.That(images.Keys, Is.EqualTo(new[] { (20L, "train/Image"), (20L, "train/Prediction"), (20L, "train/GroundTruth") }));
        Assert.That(Grey(folder, images[(20, "train/Image")]), Is.EqualTo(new[] { 0, 64, 128, 255 }), "stretched from the lowest to the highest");
        Assert.That(Grey(folder, images[(20, "train/Prediction")]), Is.EqualTo(new[] { 0, 127, 255, 0 }));
        Assert.That(Grey(folder, images[(20, "train/GroundTruth")]), Is.EqualTo(new[] { 255, 255, 0, 127 }));
    }

    [Test]
    public void An_image_of_one_value_is_black() =>
        Assert.That(new TrainingPicture(1, [0.4f], [0], [0], 1).GreyImage(), Is.EqualTo(new byte[] { 0 }));

    [TestCase(1, 0)]
    [TestCase(2, 1)]
    [TestCase(12, 1)]
    public void The_second_slice_is_shown_and_the_first_where_it_is_the_only_one(int count, int shown) =>
        Assert.That(TrainingPicture.Shown(count), Is.EqualTo(shown));

    [TestCase(2, new[] { 2, 4, 6 })]
    [TestCase(0, new int[0])]
    public void A_run_shows_every_nth_step_with_the_label_it_learned_from(int every, int[] steps)
    {
        using var folder = new TempFolder().Write();
        var options = folder.Run("run");
        options = options with { Training = options.Training with { Epochs = 1, BatchSize = 1, PictureEvery = every, Augment = false } };
        options.Execute();

        var images = Images(folder, "run/tensorboard");
        Assert.That(images.Keys.Select(key => key.Step).Distinct().Take(steps.Length), Is.EqualTo(steps));
        Assert.That(images.Keys.Count(key => key.Tag == "train/GroundTruth"), Is.EqualTo(images.Count / 3));
        Assert.That(images.Where(pair => pair.Key.Tag == "train/GroundTruth").Any(pair => Grey(folder, pair.Value).Any(value => value > 0)), Is.EqualTo(every > 0));
    }

    private static int[] Grey(TempFolder folder, byte[] png)
    {
        File.WriteAllBytes(folder.File("picture.png"), png);
        return [.. VolumeFile.ReadImage(folder.File("picture.png")).Voxels.Select(value => (int)MathF.Round(value * 255))];
    }

    private static Dictionary<(long Step, string Tag), byte[]> Images(TempFolder folder, string at = ".")
    {
        Dictionary<(long, string), byte[]> images = [];
        foreach (var path in Directory.EnumerateFiles(folder.File(at), "events.out.tfevents.*"))
        {
            var bytes = File.ReadAllBytes(path);
            for (var start = 0; start < bytes.Length;)
            {
                var length = (int)BitConverter.ToInt64(bytes, start);
                var logged = Event.Parser.ParseFrom(bytes, start + 12, length);
                foreach (var value in logged.Summary?.Value.Where(value => value.Image is not null) ?? [])
                {
                    images.Add((logged.Step, value.Tag), value.Image.EncodedImageString.ToByteArray());
                }
                start += 16 + length;
            }
        }
        return images;
    }
}
