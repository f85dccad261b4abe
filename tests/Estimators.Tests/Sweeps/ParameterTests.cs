using System.Text.Json;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

public sealed class ParameterTests
{
    [Test]
    public void Json_gives_back_values_of_the_same_types()
    {
        Parameter point = new(new Dictionary<string, object> { ["rank"] = 4, ["scale"] = 1.0, ["lr"] = 1e-4, ["large"] = 1e20, ["augment"] = true, ["placement"] = "encoder" });
        var read = JsonSerializer.Deserialize<Parameter>(JsonSerializer.Serialize(point))!;
        Assert.That(read, Is.EqualTo(point));
        Assert.That(read.Values.Select(value => value.GetType()), Is.EqualTo(new[] { typeof(long), typeof(double), typeof(double), typeof(double), typeof(bool), typeof(string) }));
        Assert.That(read.ToString(), Is.EqualTo("rank=4 scale=1 lr=0.0001 large=1E+20 augment=true placement=encoder"));
    }

    [Test]
    public void Points_with_the_same_values_are_equal_in_any_order()
    {
        Parameter one = new([new("rank", 4), new("lr", 0.1f)]), other = new([new("lr", 0.1), new("rank", 4L)]);
        Assert.That(one, Is.EqualTo(other));
        Assert.That(one.GetHashCode(), Is.EqualTo(other.GetHashCode()));
        Assert.That(one, Is.Not.EqualTo(new Parameter([new("rank", 4.0), new("lr", 0.1)])));
    }

    [Test]
    public void A_value_that_is_none_is_refused_by_its_name()
    {
        Assert.That(() => new Parameter([new("lr", double.NaN)]), Throws.ArgumentException.With.Message.Contains("'lr'"));
        Assert.That(() => new Parameter([new("when", DateTime.UnixEpoch)]), Throws.ArgumentException.With.Message.Contains("DateTime"));
        Assert.That(() => new Parameter([new("rank", 4), new("rank", 8)]), Throws.ArgumentException.With.Message.Contains("'rank'"));
        Assert.That(() => JsonSerializer.Deserialize<Parameter>("""{"rank":[4]}"""), Throws.TypeOf<JsonException>().With.Message.Contains("'rank'"));
        Assert.That(() => JsonSerializer.Deserialize<Parameter>("[4]"), Throws.TypeOf<JsonException>());
    }
}
