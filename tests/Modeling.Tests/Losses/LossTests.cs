using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Losses;

public sealed class LossTests
{
    [Test]
    public void A_certain_and_right_prediction_costs_nothing()
    {
        using var scope = NewDisposeScope();
        var target = zeros(1, 4, 4, dtype: ScalarType.Int64);
        var logits = stack([full([1, 4, 4], 50f), full([1, 4, 4], -50f)], 1);

        Assert.That(CrossEntropyDice.Compute(logits, target, 0.8).Total.item<float>(), Is.Zero.Within(1e-6));
        Assert.That(FocalLoss.Compute(logits, target).item<float>(), Is.Zero.Within(1e-6));
    }

    [Test]
    public void Shapes_types_and_weights_that_are_wrong_are_refused()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(2, 3, 4, 4);
        var target = zeros(2, 4, 4, dtype: ScalarType.Int64);

        Assert.That(() => CrossEntropyDice.Compute(logits, zeros(2, 4, 5, dtype: ScalarType.Int64), 0.8), Throws.ArgumentException.With.Message.Contains("[2, 4, 5]"));
        Assert.That(() => CrossEntropyDice.Compute(logits, target.to_type(ScalarType.Float32), 0.8), Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => CrossEntropyDice.Compute(logits, target, 1.1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => CrossEntropyDice.Compute(logits, target, double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => FocalLoss.Compute(logits, target, alpha: 2), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => FocalLoss.Compute(logits, target, gamma: -1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_class_that_the_network_has_not_is_an_error()
    {
        using var scope = NewDisposeScope();
        var target = full([1, 2, 2], 3L, dtype: ScalarType.Int64);

        Assert.That(() => CrossEntropyDice.Compute(zeros(1, 3, 2, 2), target, 0.8), Throws.Exception);
    }
}
