using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.Pictures;

public sealed class ChannelTests
{
    [Test]
    public void A_slice_of_a_picture_in_colour_has_its_three_planes_one_after_the_other()
    {
        using var folder = new TempFolder();
        ColourDiscs.Write(folder.Path, 1);
        var slice = new SliceLoader(ColourSlices.Labels, ColourSlices.Preprocessing).Load(DataFolder.Find(folder.Path).Files).Single();
        var channels = VolumeFile.ReadChannels(folder.File("images/p0.png"));
        Assert.That((slice.Channels, slice.Height, slice.Width, slice.Case), Is.EqualTo((3, ColourDiscs.Height, ColourDiscs.Width, "p0")));
        Assert.That(slice.Image, Is.EqualTo(channels.SelectMany(channel => channel.Voxels)));
        Assert.That(slice.Label.Distinct().Order(), Is.EqualTo(new byte[] { 0, 1 }));
    }

    [Test]
    public void Every_channel_is_prepared_as_a_grey_image_is()
    {
        float[] image = [.. Enumerable.Range(0, 3 * 6 * 5).Select(index => index * 0.01f)];
        var options = new PreprocessingOptions { ImageSize = 16, InputSize = 7, Channels = 3 };
        var (colour, grey) = (new SlicePreparation(options), new SlicePreparation(options with { Channels = 1 }));
        var (all, one) = (new float[3 * 256], new float[256]);
        colour.ToNetwork(image, 6, 5, all);
        for (var channel = 0; channel < 3; channel++)
        {
            grey.ToNetwork(image.AsSpan(channel * 30, 30), 6, 5, one);
            Assert.That(all[(channel * 256)..((channel + 1) * 256)], Is.EqualTo(one));
        }
    }

    [Test]
    public void A_grey_picture_counts_three_times_for_a_model_of_colour()
    {
        using var folder = new TempFolder();
        using var network = TinyRun.Network();
        ColourDiscs.Write(folder.Path, 1, grey: true);
        var image = VolumeFile.ReadImage(folder.File("images/p0.png"));
        var colour = new VolumePredictor(network, ColourSlices.Preprocessing, torch.CPU).Predict(image, hasGeometry: false, keepLogits: true);
        var grey = new VolumePredictor(network, TinyRun.Preprocessing, torch.CPU).Predict(image, hasGeometry: false, keepLogits: true);
        Assert.That(colour.LowResLogits, Is.EqualTo(grey.LowResLogits!).Within(1e-5));
        Assert.That(new SliceLoader(ColourSlices.Labels, ColourSlices.Preprocessing).Load(DataFolder.Find(folder.Path).Files).Single().Channels, Is.EqualTo(3));
    }

    [Test]
    public void A_picture_in_colour_is_refused_for_grey_and_the_message_says_what_to_do()
    {
        using var folder = new TempFolder();
        using var network = TinyRun.Network();
        ColourDiscs.Write(folder.Path, 1);
        var channels = VolumeFile.ReadChannels(folder.File("images/p0.png"));
        Assert.That(() => new SliceLoader(ColourSlices.Labels, TinyRun.Preprocessing).Load(DataFolder.Find(folder.Path).Files),
            Throws.TypeOf<VolumeFormatException>().With.Message.Contains("p0.png").And.Message.Contains("--channels rgb"));
        Assert.That(() => ImageChannels.Fit(channels, 1, "p0.png"), Throws.TypeOf<VolumeFormatException>());
        Assert.That(() => new VolumePredictor(network, TinyRun.Preprocessing, torch.CPU).Predict(channels, hasGeometry: false), Throws.ArgumentException.With.Message.Contains("1 channels"));
    }

    [Test]
    public void Colour_is_learned()
    {
        var slices = ColourSlices.Create(24);
        using var network = Modeling.SamNetwork.Create(TinyRun.Model with { NumClasses = 1 }, new Modeling.Adapters.LoraOptions { Rank = 2, TrainEncoder = true }, torch.CPU, seed: 1);
        var options = TinyRun.Options with { Epochs = 20, Augment = false };
        var result = new SegmentationTrainer(network, torch.CPU, options, ColourSlices.Preprocessing).Train([.. slices.Take(18)], [.. slices.Skip(18)]);
        Assert.That(result.Best!.Value.Dice, Is.GreaterThan(0.8));
    }

    [Test]
    public void Slices_of_other_channels_than_the_preprocessing_says_are_refused()
    {
        using var network = TinyRun.Network();
        Assert.That(() => new SegmentationTrainer(network, torch.CPU, TinyRun.Options, TinyRun.Preprocessing).Train(ColourSlices.Create(4), []),
            Throws.ArgumentException.With.Message.Contains("3 channels"));
        Assert.That(() => new SlicePreparation(TinyRun.Preprocessing with { Channels = 2 }), Throws.ArgumentException.With.Message.Contains("Channels must be 1"));
    }

    [Test]
    public void A_single_picture_in_colour_among_grey_ones_asks_for_three_channels()
    {
        using var folder = new TempFolder();
        ColourDiscs.Write(folder.Path, 2, grey: true);
        string[] Images() => [.. DataFolder.Find(folder.Path).Files.Select(file => file.ImagePath)];
        Assert.That(ImageChannels.Detect(Images()), Is.EqualTo(1));
        ColourDiscs.Write(folder.Path, 1, ".jpg", first: 2);
        Assert.That(ImageChannels.Detect(Images()), Is.EqualTo(3));
    }
}
