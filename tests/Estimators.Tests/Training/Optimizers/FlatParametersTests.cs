using SAMed.MLNet.Estimators.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training.Optimizers;

public sealed class FlatParametersTests
{
    [Test]
    public void A_network_computes_the_same_before_while_and_after_its_parameters_lie_in_one_tensor()
    {
        using var scope = NewDisposeScope();
        using var network = TinyRun.Network();
        var images = ones(1, 1, TinyRun.ImageSize, TinyRun.ImageSize);
        var (before, weights) = (Logits(), TinyRun.Weights(network));

        using (var flat = new FlatParameters(network.TrainableParameters))
        {
            Assert.That(Logits(), Is.EqualTo(before));
            Assert.That(TinyRun.Weights(network), Is.EqualTo(weights));
        }

        GC.Collect();
        Assert.That(Logits(), Is.EqualTo(before));

        float[] Logits() => network.LowResLogits(images).detach().data<float>().ToArray();
    }

    [Test]
    public void What_is_written_into_the_whole_stands_in_the_parameter_and_back()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [new(zeros(3)), new(zeros(2, 2))];
        using var flat = new FlatParameters([("a", parameters[0]), ("b", parameters[1])]);
        using var mode = no_grad();

        flat.View(flat.Values, 1).copy_(tensor(new[] { 1f, 2f, 3f, 4f }).reshape(2, 2));
        parameters[0].copy_(tensor(new[] { 7f, 8f, 9f }));

        Assert.That(parameters[1].data<float>().ToArray(), Is.EqualTo(new[] { 1f, 2f, 3f, 4f }));
        Assert.That(flat.View(flat.Values, 0).data<float>().ToArray(), Is.EqualTo(new[] { 7f, 8f, 9f }));
        Assert.That((flat.Offsets[0], flat.Offsets[1], flat.Offsets[2]), Is.EqualTo((0, 16, 32)), "64 bytes each");
    }

    [Test]
    public void Gradients_reach_the_parameters_and_are_gathered_until_they_are_forgotten()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [new(ones(3)), new(ones(2))];
        using var flat = new FlatParameters([("a", parameters[0]), ("b", parameters[1])]);

        parameters[0].sum().backward();
        parameters[0].sum().backward();
        var gathered = flat.Gradients();
        flat.ForgetGradients();
        var forgotten = flat.Gradients();

        Assert.That(flat.View(gathered.Values, 0).data<float>().ToArray(), Is.EqualTo(new[] { 2f, 2f, 2f }));
        Assert.That((gathered.Present, forgotten.Present), Is.EqualTo((new[] { true, false }, new[] { false, false })));
        Assert.That(forgotten.Values.sum().item<float>(), Is.Zero);
    }

    [Test]
    public void Nothing_to_train_and_another_type_are_errors_that_say_so()
    {
        using var scope = NewDisposeScope();
        using var half = new Parameter(zeros([2], ScalarType.BFloat16));

        Assert.That(() => new FlatParameters([]), Throws.ArgumentException.With.Message.Contains("no parameter that trains"));
        Assert.That(() => new FlatParameters([("odd", half)]), Throws.ArgumentException.With.Message.Contains("odd").And.Message.Contains("BFloat16"));
    }
}
