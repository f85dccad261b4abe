namespace SAMed.MLNet.Metrics.Tests;

public class LargestDistancesTests
{
    [TestCase(1)]
    [TestCase(100)]
    [TestCase(20_000)]
    public void The_largest_are_those_that_sorting_finds(int wanted)
    {
        var random = new Random(7);
        // Many are equal, as distances on a grid are.
        double[] values = [.. Enumerable.Range(0, 60_000).Select(i => i % 3 == 0 ? random.Next(40) : random.NextDouble() * 50)];
        var largest = new LargestDistances(wanted, new());
        foreach (var part in values.Chunk(1000))
        {
            largest.Add(part);
        }
        Array.Sort(values);
        foreach (var larger in new[] { 0, wanted / 2, wanted - 1 })
        {
            Assert.That(largest.At(larger), Is.EqualTo(values[^(larger + 1)]), $"{larger} larger");
        }
    }

    [Test]
    public void What_was_never_added_is_zero()
    {
        var largest = new LargestDistances(5, new());
        largest.Add([2, 3]);
        Assert.That(Enumerable.Range(0, 4).Select(largest.At), Is.EqualTo(new double[] { 3, 2, 0, 0 }));
    }

    [Test]
    public void The_largest_come_first()
    {
        double[] values = [3, 1, 4, 1, 5, 9, 2, 6];
        Assert.That(Selection.PutLargestFirst(values, 3), Is.EqualTo(5));
        Assert.That(values[..3], Is.EquivalentTo(new double[] { 9, 6, 5 }));
    }
}
