using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>A fixed set of augmentations comes again, the same for a slice wherever it stands.</summary>
public sealed class AugmentationSetTests
{
    private const int Slices = 9;

    [Test]
    public void Epochs_that_are_a_whole_set_apart_show_the_same_images()
    {
        var options = TinyRun.Options with { AugmentationSet = 3 };
        var epochs = Enumerable.Range(0, 6).Select(epoch => Images(options, epoch)).ToArray();

        Assert.That(Enumerable.Range(0, 3).Select(epoch => epochs[epoch + 3].SetEquals(epochs[epoch])), Is.All.True);
        Assert.That(new[] { epochs[0].SetEquals(epochs[1]), epochs[1].SetEquals(epochs[2]), epochs[0].SetEquals(epochs[2]) }, Is.All.False);
    }

    [Test]
    public void The_images_depend_on_the_seed_and_not_on_the_place_in_the_data()
    {
        var options = TinyRun.Options with { AugmentationSet = 1 };
        var images = Images(options, 0);

        Assert.That(Images(options, 0, reversed: true).SetEquals(images), Is.True);
        Assert.That(Images(options with { Seed = 5 }, 0).SetEquals(images), Is.False);
    }

    [Test]
    public void Without_a_set_every_epoch_brings_new_images() =>
        Assert.That(Enumerable.Range(0, 4).SelectMany(epoch => Images(TinyRun.Options, epoch)).Distinct().Count(), Is.GreaterThan(2 * Slices));

    [TestCase(0, true, "AugmentationSet must be at least 1")]
    [TestCase(2, false, "Augment is false")]
    public void Sets_that_make_no_sense_are_refused(int set, bool augment, string says) =>
        Assert.That(() => new TrainingOptions { AugmentationSet = set, Augment = augment }.Validate(), Throws.ArgumentException.With.Message.Contains(says));

    [TestCase("", null, "Folder")]
    [TestCase("x", 0L, "MaxBytes")]
    [TestCase("x", null, "--augmentation-set")]
    public void Caches_that_make_no_sense_are_refused(string folder, long? bytes, string says) =>
        Assert.That(() => new TrainingOptions { FeatureCache = new() { Folder = folder, MaxBytes = bytes } }.Validate(), Throws.ArgumentException.With.Message.Contains(says));

    /// <summary>What the network gets to see in an epoch, whatever the order, as text.</summary>
    private static HashSet<string> Images(TrainingOptions options, int epoch, bool reversed = false)
    {
        var slices = TinyRun.Slices(Slices);
        var feed = new SampleFeed(new SlicesInMemory(reversed ? [.. slices.Reverse()] : slices, options.ResolvedSeed), options, TinyRun.Preprocessing, TinyRun.Model.LowResSize);
        var pixels = TinyRun.ImageSize * TinyRun.ImageSize;
        return [.. feed.Steps(epoch, 0).SelectMany(parts => parts).SelectMany(part => part.Images.Chunk(pixels)).Select(image => string.Join(' ', image))];
    }
}
