using Microsoft.ML.SearchSpace;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Modeling.Adapters;
using Range = Microsoft.ML.SearchSpace.RangeAttribute;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

public sealed class SearchClassTests
{
    [Test]
    public void Attributes_of_properties_and_fields_make_a_space_in_their_order()
    {
        var space = SearchSpace.Of<Everything>();
        Assert.That(space.Dimensions.Select(dimension => dimension.Name), Is.EqualTo(new[] { "Rank", "LearningRate", "Augment", "Placement", "Inner.Warmup", "Inner.Weight", "BatchSize" }));
        Assert.That(((ChoiceDimension)space.Dimensions[0]).Values, Is.EqualTo(new object[] { 1L, 4L, 16L }));
        var rate = (RangeDimension)space.Dimensions[1];
        Assert.That((rate.Min, rate.Max, rate.Log, rate.Whole, rate.Initial), Is.EqualTo((1e-4, 1e-2, true, false, (object)5e-3)));
        Assert.That(((ChoiceDimension)space.Dimensions[2]).Values, Is.EqualTo(new object[] { false, true }));
        Assert.That(((ChoiceDimension)space.Dimensions[3]).Values, Is.EqualTo(new object[] { "Encoder", "EncoderDecoder" }));
        Assert.That(((RangeDimension)space.Dimensions[4]).Whole, Is.True);
        Assert.That(((RangeDimension)space.Dimensions[5]).Max, Is.EqualTo(0.1), "0.1f is 0.1");
        Assert.That(space.Initial!["LearningRate"], Is.EqualTo(5e-3));
    }

    [Test]
    public void A_point_is_bound_with_every_value_and_others_keep_theirs()
    {
        Parameter point = new(new Dictionary<string, object> { ["Rank"] = 16, ["LearningRate"] = 1e-3, ["Augment"] = true, ["Placement"] = LoraPlacement.EncoderDecoder, ["Inner.Warmup"] = 7, ["Inner.Weight"] = 0.05, ["BatchSize"] = 3 });
        var bound = SearchSpace.Bind<Everything>(point);
        Assert.That((bound.Rank, bound.LearningRate, bound.Augment, bound.Placement, bound.Inner!.Warmup, bound.Inner.Weight, bound.BatchSize, bound.Note),
            Is.EqualTo((16, 1e-3, true, LoraPlacement.EncoderDecoder, (short?)7, 0.05f, 3, "kept")));
        Assert.That(SearchSpace.Bind<Everything>(Parameter.Empty).Rank, Is.EqualTo(4));
    }

    [Test]
    public void Every_point_of_the_grid_can_be_bound()
    {
        var points = SearchSpace.Of<Everything>().Grid(2).ToList();
        Assert.That(points, Has.Count.EqualTo(3 * 2 * 2 * 2 * 2 * 2 * 2));
        Assert.That(points.Select(point => SearchSpace.Bind<Everything>(point).Rank).Distinct(), Is.EqualTo(new[] { 1, 4, 16 }));
    }

    [Test]
    public void A_class_without_attributes_is_refused_with_what_to_do() =>
        Assert.That(() => SearchSpace.Of<Unmarked>(), Throws.TypeOf<SearchSpaceException>().With.Message.Contains("Unmarked").And.Message.Contains("[Choice]"));

    [Test]
    public void Every_fault_of_a_class_is_named_at_once()
    {
        var faults = Assert.Throws<SearchSpaceException>(() => SearchSpace.Of<Faulty>())!.Faults;
        Assert.That(faults, Has.Count.EqualTo(8).And.Some.Contains("'ReadOnly' cannot be set").And.Some.Contains("'Text' has [Range]").And.Some.Contains("'Number' has [BooleanChoice]")
            .And.Some.Contains("'Rank' is of type Int32 and cannot be four").And.Some.Contains("'Both' has").And.Some.Contains("'Self' is of type Faulty").And.Some.Contains("'Empty' has no values").And.Some.Contains("'Tiny' is of type Byte, which cannot be 300"));
    }

    [Test]
    public void A_point_of_another_class_is_refused()
    {
        Parameter point = new(new Dictionary<string, object> { ["Alpha"] = 1, ["Rank"] = "four", ["Placement"] = "Somewhere" });
        var faults = Assert.Throws<SearchSpaceException>(() => SearchSpace.Bind<Everything>(point))!.Faults;
        Assert.That(faults, Has.Count.EqualTo(3).And.Some.Contains("no value 'Alpha'").And.Some.Contains("'Rank' is of type Int32").And.Some.Contains("Somewhere"));
    }

    public class Base
    {
        [Choice(1, 4, 16)]
        public int Rank { get; set; } = 4;
    }

    public sealed class Everything : Base
    {
        [Range(1, 3)]
#pragma warning disable CA1051 // A field, as search classes may have.
        public int BatchSize = 2;
#pragma warning restore CA1051

        [Range(1e-4, 1e-2, init: 5e-3, logBase: true)]
        public double LearningRate { get; init; }

        [BooleanChoice(false)]
        public bool Augment { get; set; }

        [Choice("Encoder", "EncoderDecoder")]
        public LoraPlacement Placement { get; set; }

        public string Note { get; set; } = "kept";

        [NestOption]
        public Deeper? Inner { get; set; }
    }

    public sealed class Deeper
    {
        [Range(0, 100)]
        public short? Warmup { get; set; }

        [Range(0f, 0.1f)]
        public float Weight { get; set; }
    }

    public sealed class Unmarked
    {
        public int Rank { get; set; }
    }

    public sealed class Faulty
    {
        [Choice(1, 2)]
        public int ReadOnly { get; private set; }

        [Range(1, 2)]
        public string Text { get; set; } = "";

        [BooleanChoice]
        public int Number { get; set; }

        [Choice("four")]
        public int Rank { get; set; }

        [Choice(1, 2)]
        [Range(1, 2)]
        public int Both { get; set; }

        [NestOption]
        public Faulty? Self { get; set; }

        [Choice]
        public int Empty { get; set; }

        [Range(1, 300)]
        public byte Tiny { get; set; }
    }
}
