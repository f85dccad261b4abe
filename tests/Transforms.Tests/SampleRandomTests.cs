namespace SAMed.MLNet.Transforms.Tests;

public class SampleRandomTests
{
    [Test]
    public void Numbers_depend_on_seed_epoch_and_sample_only()
    {
        ulong[] inOrder = [.. Enumerable.Range(0, 500).Select(sample => First(1234, 7, sample))];
        var shuffled = new ulong[500];
        Parallel.For(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => shuffled[499 - i] = First(1234, 7, 499 - i));
        Assert.That(shuffled, Is.EqualTo(inOrder));
    }

    [Test]
    public void Each_of_seed_epoch_and_sample_changes_the_numbers()
    {
        var all = from seed in new long[] { 0, 1, -1, 1234 } from epoch in Enumerable.Range(0, 20) from sample in Enumerable.Range(0, 200) select First(seed, epoch, sample);
        Assert.That(all.Distinct().Count(), Is.EqualTo(4 * 20 * 200));
    }

    /// <summary>A changed generator would silently change every resumed run.</summary>
    [Test]
    public void The_sequence_stays_what_it_was()
    {
        var random = new SampleRandom(1234, 0, 0);
        ulong[] first = [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()];
        Assert.That(first, Is.EqualTo(new ulong[] { 5526772833473191432, 11303612050157202487, 1184463296987999029 }));
    }

    [Test]
    public void Integers_cover_their_range_evenly()
    {
        var random = new SampleRandom(1, 0, 0);
        var counts = new int[40];
        for (var i = 0; i < 40_000; i++)
        {
            counts[random.Next(-20, 20) + 20]++;
        }
        Assert.That(counts.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000), Is.LessThan(80), "chi-square with 39 degrees of freedom");
    }

    [Test]
    public void Extreme_and_empty_ranges()
    {
        var random = new SampleRandom(1, 0, 0);
        Assert.That(random.Next(5, 6), Is.EqualTo(5));
        Assert.That(random.Next(int.MinValue, int.MaxValue), Is.LessThan(int.MaxValue));
        Assert.That(() => new SampleRandom(1, 0, 0).Next(3, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        for (var i = 0; i < 1000; i++)
        {
            Assert.That(random.NextDouble(), Is.InRange(0, 1 - Math.Pow(2, -53)));
        }
    }

    private static ulong First(long seed, int epoch, int sample)
    {
        var random = new SampleRandom(seed, epoch, sample);
        return random.NextUInt64();
    }
}
