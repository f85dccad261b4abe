using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

public sealed class TunerTests
{
    private static readonly SearchSpace Ranks = new([new ChoiceDimension("rank", [1, 2, 4, 8, 16])]);

    [Test]
    public void The_grid_tuner_proposes_each_point_once() =>
        Assert.That(All(new GridSearchTuner(Ranks)), Is.EqualTo(Ranks.Grid(1)));

    [Test]
    public void The_random_tuner_proposes_every_point_of_a_finite_space_once_and_ends()
    {
        SearchSpace space = new([new RangeDimension("rank", 1, 64, log: true, whole: true), new ChoiceDimension("augment", [true, false])]);
        var points = All(new RandomSearchTuner(space, seed: 5));
        Assert.That(points, Has.Count.EqualTo(128).And.Unique);
        Assert.That(points, Is.EquivalentTo(space.Grid(64)));
        Assert.That(points, Is.Not.EqualTo(space.Grid(64)));
    }

    [Test]
    public void The_random_tuner_repeats_itself_by_its_seed()
    {
        SearchSpace space = new([new RangeDimension("lr", 1e-5, 1e-1, log: true)]);
        var points = All(new RandomSearchTuner(space, 5, 20));
        Assert.That(points, Has.Count.EqualTo(20).And.Unique);
        Assert.That(All(new RandomSearchTuner(space, 5, 20)), Is.EqualTo(points));
        Assert.That(All(new RandomSearchTuner(space, 6, 20)), Is.Not.EqualTo(points));
    }

    [Test]
    public void The_random_tuner_begins_where_the_space_says()
    {
        SearchSpace space = new([new ChoiceDimension("rank", [1, 4]), new RangeDimension("lr", 1e-4, 1e-2, log: true, initial: 5e-3)]);
        Assert.That(All(new RandomSearchTuner(space, count: 2))[0].ToString(), Is.EqualTo("rank=1 lr=0.005"));
    }

    [Test]
    public void The_random_tuner_ends_when_the_digits_of_a_range_are_used_up() =>
        Assert.That(All(new RandomSearchTuner(new([new RangeDimension("w", 1.00001, 1.00003)]))), Has.Count.InRange(3, 3).And.Unique);

    [Test]
    public void A_space_with_faults_is_refused_by_every_tuner()
    {
        SearchSpace space = new([new ChoiceDimension("rank", [])]);
        Assert.That(() => new GridSearchTuner(space), Throws.TypeOf<SearchSpaceException>());
        Assert.That(() => new RandomSearchTuner(space), Throws.TypeOf<SearchSpaceException>());
        Assert.That(() => new SuccessiveHalvingTuner(space, new() { Epochs = 9 }), Throws.TypeOf<SearchSpaceException>());
        Assert.That(() => new GridSearchTuner(Ranks, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RandomSearchTuner(Ranks, count: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    internal static List<Parameter> All(ITuner tuner)
    {
        List<Parameter> points = [];
        while (points.Count < 10_000 && tuner.Propose(new() { TrialId = points.Count, Parameter = Parameter.Empty }) is { } point)
        {
            points.Add(point);
        }
        return points;
    }
}
