using System.Globalization;
using System.Text.RegularExpressions;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Transforms.Tests;

public partial class AugmentationTests
{
    [Test]
    [Category("Golden")]
    public void Scripted_samples_equal_the_references()
    {
        using var golden = NpzFile.Open(TestData.Golden("augment/augment.npz"));
        string[] scripts = [.. golden.Names.Where(name => name.EndsWith("_low", StringComparison.Ordinal)).Select(name => name[..^4])];
        Assert.That(scripts, Is.Not.Empty);
        foreach (var script in scripts)
        {
            var suffix = script.StartsWith("rect_", StringComparison.Ordinal) ? "_rect" : "";
            var (image, label) = (golden[$"image{suffix}"], golden[$"label{suffix}"]);
            var ((height, width), expected) = (image.Size(), golden[$"{script}_image"]);
            var sample = TrainingSample.Create(
                image.ToSingle(), label.ToByte(), height, width, Parse(script), expected.Shape[^1], golden[$"{script}_low"].Shape[^1], ZoomEdge.Paper, lowRes: LowResLabels.Paper);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(GoldenPlane.MaxError(sample.Image, expected.ToSingle()), Is.LessThanOrEqualTo(1e-6), script);
                Assert.That(sample.Label, Is.EqualTo(golden[$"{script}_label"].ToByte()), script);
                Assert.That(sample.LowResLabel, Is.EqualTo(golden[$"{script}_low"].ToByte()), script);
            }
        }
    }

    [Test]
    public void Decisions_come_with_the_references_probabilities()
    {
        const int samples = 80_000;
        Augmentation[] drawn = [.. Enumerable.Range(0, samples).Select(sample => Draw(1234, sample / 2000, sample % 2000))];
        var byKind = drawn.GroupBy(a => a.Kind).ToDictionary(group => group.Key, group => group.ToList());
        using (Assert.EnterMultipleScope())
        {
            // Five standard deviations of each count.
            Assert.That(byKind[AugmentationKind.RotateFlip], Has.Count.EqualTo(samples / 2).Within(5 * Math.Sqrt(samples / 4.0)));
            Assert.That(byKind[AugmentationKind.Rotate], Has.Count.EqualTo(samples / 4).Within(5 * Math.Sqrt(samples * 3 / 16.0)));
            Assert.That(byKind[AugmentationKind.None], Has.Count.EqualTo(samples / 4).Within(5 * Math.Sqrt(samples * 3 / 16.0)));
            var flips = byKind[AugmentationKind.RotateFlip].GroupBy(a => (a.QuarterTurns, a.FlipAxis)).ToDictionary(group => group.Key, group => group.Count());
            Assert.That(flips, Has.Count.EqualTo(8));
            Assert.That(flips.Values, Is.All.EqualTo(samples / 16).Within(5 * Math.Sqrt(samples / 16.0)));
            var angles = byKind[AugmentationKind.Rotate].GroupBy(a => a.AngleDegrees).ToDictionary(group => group.Key, group => group.Count());
            Assert.That(angles.Keys, Is.EquivalentTo(Enumerable.Range(-20, 40)));
            Assert.That(angles.Values, Is.All.EqualTo(samples / 160).Within(5 * Math.Sqrt(samples / 160.0)));
        }
    }

    [Test]
    public void A_sample_does_not_depend_on_the_number_of_workers()
    {
        float[] image = [.. Enumerable.Range(0, 20 * 14).Select(i => i / 280f)];
        byte[] label = [.. Enumerable.Range(0, 20 * 14).Select(i => (byte)(i % 9))];
        TrainingSample[] Run(int workers)
        {
            var samples = new TrainingSample[64];
            Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
                samples[i] = TrainingSample.Create(image, label, 20, 14, Draw(7, 3, i), 32, 8, ZoomEdge.Paper));
            return samples;
        }
        var (one, four) = (Run(1), Run(4));
        for (var i = 0; i < 64; i++)
        {
            Assert.That(four[i].Image, Is.EqualTo(one[i].Image));
            Assert.That(four[i].Label, Is.EqualTo(one[i].Label));
            Assert.That(four[i].LowResLabel, Is.EqualTo(one[i].LowResLabel));
        }
    }

    [Test]
    public void A_sample_that_has_the_size_is_not_resampled()
    {
        float[] image = [.. Enumerable.Range(0, 64).Select(i => i * 0.1f)];
        var sample = TrainingSample.Create(image, new byte[64], 8, 8, Augmentation.None, 8, 2, ZoomEdge.Paper);
        Assert.That(sample.Image, Is.EqualTo(image));
    }

    [Test]
    public void Channels_go_the_same_way_each()
    {
        var random = new Random(3);
        float[] image = [.. Enumerable.Range(0, 3 * 20 * 14).Select(_ => random.NextSingle())];
        var label = new byte[20 * 14];
        for (var index = 0; index < 12; index++)
        {
            var all = TrainingSample.Create(image, label, 20, 14, Draw(7, 3, index), 16, 4, ZoomEdge.Exact, channels: 3);
            var each = Enumerable.Range(0, 3).SelectMany(channel =>
                TrainingSample.Create(image.AsSpan(channel * 280, 280), label, 20, 14, Draw(7, 3, index), 16, 4, ZoomEdge.Exact).Image);
            Assert.That((all.Channels, all.Image.Length), Is.EqualTo((3, 3 * 16 * 16)));
            Assert.That(all.Image, Is.EqualTo(each));
        }
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(() => TrainingSample.Create(new float[6], new byte[5], 2, 3, Augmentation.None, 8, 2, ZoomEdge.Paper),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("label"));
        Assert.That(() => TrainingSample.Create(new float[6], new byte[6], 2, 3, Augmentation.None, 0, 2, ZoomEdge.Paper),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("imageSize"));
        Assert.That(() => TrainingSample.Create(new float[12], new byte[6], 2, 3, Augmentation.None, 8, 2, ZoomEdge.Paper, channels: 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("image"));
        Assert.That(() => Augmentation.RotatedFlipped(4, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("quarterTurns"));
        Assert.That(() => Augmentation.RotatedFlipped(1, -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("flipAxis"));
    }

    private static Augmentation Draw(long seed, int epoch, int index)
    {
        var random = new SampleRandom(seed, epoch, index);
        return Augmentation.Draw(ref random);
    }

    private static Augmentation Parse(string script)
    {
        var rotFlip = RotFlipName().Match(script);
        if (rotFlip.Success)
        {
            return Augmentation.RotatedFlipped(Number(rotFlip.Groups[1].Value), Number(rotFlip.Groups[2].Value));
        }
        var rotate = RotateName().Match(script);
        return rotate.Success ? Augmentation.Rotated(Number(rotate.Groups[1].Value.Replace('m', '-'))) : Augmentation.None;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"_rotflip_k(\d)_a(\d)$")]
    private static partial Regex RotFlipName();

    [GeneratedRegex(@"_rotate_(m?\d+)$")]
    private static partial Regex RotateName();

    [TestCase(512, 128)]
    [TestCase(48, 24)]
    [TestCase(30, 20)]
    [TestCase(9, 9)]
    public void A_centred_low_resolution_label_is_the_nearest_pixel_to_its_centre(int size, int low)
    {
        // Ids that tell rows and columns apart as far as a byte goes.
        var label = new byte[size * size];
        for (var i = 0; i < label.Length; i++)
        {
            label[i] = (byte)(((i / size) * 7) + (i % size * 3));
        }
        var sample = TrainingSample.Create(new float[size * size], label, size, size, Augmentation.None, size, low, ZoomEdge.Exact);

        int Nearest(int k) => Enumerable.Range(0, size).OrderBy(pixel => Math.Abs(pixel + 0.5 - ((k + 0.5) * size / low))).ThenByDescending(pixel => pixel).First();
        Assert.That(sample.LowResLabel, Is.EqualTo(Enumerable.Range(0, low * low).Select(i => label[(Nearest(i / low) * size) + Nearest(i % low)])));
    }

    [Test]
    public void The_papers_low_resolution_labels_lie_further_outside()
    {
        const int Size = 512, Low = 128;
        var label = new byte[Size * Size];
        label[0] = 1;

        var paper = TrainingSample.Create(new float[Size * Size], label, Size, Size, Augmentation.None, Size, Low, ZoomEdge.Exact, lowRes: LowResLabels.Paper);
        var centered = TrainingSample.Create(new float[Size * Size], label, Size, Size, Augmentation.None, Size, Low, ZoomEdge.Exact);

        Assert.That((paper.LowResLabel[0], centered.LowResLabel[0]), Is.EqualTo(((byte)1, (byte)0)), "the corner pixel is 1.5 pixels from the first logit's centre");
    }
}
