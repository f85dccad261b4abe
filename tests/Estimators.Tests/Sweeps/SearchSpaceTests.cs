using System.Text.Json;
using CsCheck;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

public sealed class SearchSpaceTests
{
    private static readonly SearchSpace RankAndRate = new([new ChoiceDimension("rank", [1, 4, 16]), new RangeDimension("lr", 1e-4, 1e-2, log: true)]);

    [Test]
    public void The_grid_has_every_combination_with_the_last_dimension_fastest()
    {
        var points = RankAndRate.Grid(3).Select(point => point.ToString()).ToList();
        Assert.That(points, Is.EqualTo(new[]
        {
            "rank=1 lr=0.0001", "rank=1 lr=0.001", "rank=1 lr=0.01", "rank=4 lr=0.0001", "rank=4 lr=0.001", "rank=4 lr=0.01", "rank=16 lr=0.0001", "rank=16 lr=0.001", "rank=16 lr=0.01",
        }));
        Assert.That(RankAndRate.GridCount(3), Is.EqualTo(9));
        Assert.That(RankAndRate.Count, Is.Null);
    }

    [TestCase(1, ExpectedResult = "5")]
    [TestCase(2, ExpectedResult = "0 10")]
    [TestCase(3, ExpectedResult = "0 5 10")]
    [TestCase(4, ExpectedResult = "0 3 7 10")]
    [TestCase(11, ExpectedResult = "0 1 2 3 4 5 6 7 8 9 10")]
    [TestCase(50, ExpectedResult = "0 1 2 3 4 5 6 7 8 9 10")]
    public string A_range_of_whole_numbers_has_each_of_them_once(int step) => string.Join(' ', new RangeDimension("warmup", 0, 10, whole: true).Grid(step));

    [Test]
    public void A_logarithmic_range_of_whole_numbers_has_equal_ratios() =>
        Assert.That(new RangeDimension("rank", 1, 16, log: true, whole: true).Grid(5), Is.EqualTo(new object[] { 1L, 2L, 4L, 8L, 16L }));

    [Test]
    public void A_space_without_dimensions_has_one_point_without_values()
    {
        SearchSpace space = new([]);
        space.Validate();
        Assert.That(space.Grid(10), Is.EqualTo(new[] { Parameter.Empty }));
        Assert.That(space.Count, Is.EqualTo(1));
    }

    [Test]
    public void Samples_lie_in_the_space_and_depend_on_the_generator_alone() => Gen.Select(Gen.Long, Gen.Double[1e-6, 1], Gen.Int[1, 1000]).Sample((seed, min, most) =>
    {
        SearchSpace space = new([new RangeDimension("lr", min, min * 2, log: true), new RangeDimension("rank", 1, 1 + most, whole: true, log: true), new RangeDimension("w", -1, 1), new ChoiceDimension("yes", [true, false])]);
        SampleRandom one = new(seed, 0, 0), other = new(seed, 0, 0);
        var point = space.Sample(ref one);
        return point.Equals(space.Sample(ref other)) && point["lr"] is double rate && rate >= min && rate <= min * 2 && point["rank"] is long rank && rank >= 1 && rank <= 1 + most
            && point["w"] is double w && w is >= -1 and <= 1 && point["yes"] is bool;
    });

    [Test]
    public void A_logarithmic_sample_is_as_often_in_each_decade()
    {
        RangeDimension range = new("lr", 1e-4, 1e-2, log: true);
        var low = Enumerable.Range(0, 2000).Count(draw =>
        {
            SampleRandom random = new(7, 0, draw);
            return (double)range.Sample(ref random) < 1e-3;
        });
        Assert.That(low, Is.InRange(900, 1100));
    }

    [Test]
    public void Every_fault_is_named_at_once()
    {
        SearchSpace space = new(
        [
            new ChoiceDimension("rank", []), new RangeDimension("lr", 0, 1e-2, log: true), new RangeDimension("w", 1, 1), new RangeDimension("warmup", 0.5, 3, whole: true), new ChoiceDimension("when", [DateTime.UnixEpoch]),
            new ChoiceDimension("twice", [2, 2]), new ChoiceDimension("twice", [1]), new RangeDimension("far", 0, double.NaN), new ChoiceDimension(" ", [1]), new RangeDimension("init", 0, 1, initial: 2), new ChoiceDimension("first", [1, 2], 3),
        ]);
        var faults = Assert.Throws<SearchSpaceException>(space.Validate)!.Faults;
        Assert.That(faults, Has.Count.EqualTo(11).And.Some.Contains("'rank' has no values").And.Some.Contains("above 0").And.Some.Contains("below the maximum").And.Some.Contains("must be whole")
            .And.Some.Contains("DateTime").And.Some.Contains("the value 2 2 times").And.Some.Contains("the name 'twice' is there 2 times").And.Some.Contains("must be finite").And.Some.Contains("no name")
            .And.Some.Contains("'init' is to start at 2").And.Some.Contains("'first' is to start with 3"));
    }

    [Test]
    public void Json_gives_back_the_same_space()
    {
        SearchSpace space = new([new ChoiceDimension("rank", [1, 4], 4), new ChoiceDimension("scale", [1.0, 2.5]), new ChoiceDimension("placement", ["encoder", "encoder+decoder"]), new ChoiceDimension("augment", [true, false]),
            new RangeDimension("lr", 1e-4, 1e-2, log: true), new RangeDimension("warmup", 0, 100, whole: true, initial: 50)]);
        var json = JsonSerializer.Serialize(space);
        var read = JsonSerializer.Deserialize<SearchSpace>(json)!;
        read.Validate();
        Assert.That(JsonSerializer.Serialize(read), Is.EqualTo(json));
        Assert.That(read.Grid(2), Is.EqualTo(space.Grid(2)));
        Assert.That(read.Initial, Is.EqualTo(space.Initial));
        Assert.That(json, Does.Contain("""{"name":"lr","min":0.0001,"max":0.01,"log":true}"""));
    }

    [TestCase("""{"name":"rank"}""", "array")]
    [TestCase("""[{"name":"rank","values":[1],"min":2}]""", "\"min\"")]
    [TestCase("""[{"name":"rank","min":2}]""", "\"max\"")]
    [TestCase("""[{"values":[2]}]""", "\"name\"")]
    [TestCase("""[{"name":"rank","values":[[2]]}]""", "rank")]
    [TestCase("""[{"name":"rank","min":1,"max":2,"log":1}]""", "\"log\"")]
    public void Json_of_another_form_is_refused_with_what_is_wrong(string json, string told) =>
        Assert.That(() => JsonSerializer.Deserialize<SearchSpace>(json), Throws.TypeOf<JsonException>().With.Message.Contains(told));
}
