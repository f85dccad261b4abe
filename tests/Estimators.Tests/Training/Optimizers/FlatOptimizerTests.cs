using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Estimators.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training.Optimizers;

/// <summary>Our optimisers against TorchSharp's, which are PyTorch's formulas; the golden runs compare with PyTorch itself.</summary>
public sealed class FlatOptimizerTests
{
    private const double Decay = 0.1;

    // 17 and 3 leave gaps between the parameters, 16 none.
    private static readonly long[][] s_shapes = [[17], [4, 4], [3], [5, 2, 3]];

    [TestCase(OptimizerKind.AdamW)]
    [TestCase(OptimizerKind.Sgd)]
    public void Forty_steps_equal_those_of_torch_optim(OptimizerKind kind)
    {
        // The second parameter never has a gradient and the last one only from the tenth step on.
        AssertEqualSteps(kind, (parameter, step) => parameter != 1 && (parameter != 3 || step >= 10));
    }

    [TestCase(OptimizerKind.AdamW)]
    [TestCase(OptimizerKind.Sgd)]
    public void A_parameter_without_a_gradient_keeps_its_value_and_is_not_decayed(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters(seed: 3);
        var before = Values(parameters[2]);
        using var flat = new FlatParameters(Named(parameters));
        using var optimizer = Create(kind, flat);
        parameters[0].grad = ones(s_shapes[0]);

        using (var gradients = flat.Gradients())
        {
            optimizer.Step(gradients, 0.5);
        }

        Assert.That(Values(parameters[2]), Is.EqualTo(before));
        Assert.That(optimizer.Steps, Is.EqualTo(new long[] { 1, 0, 0, 0 }));
    }

    [Test]
    public void The_first_step_of_AdamW_moves_by_the_learning_rate_whatever_the_size_of_the_gradient()
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [new(tensor(new[] { 1f, 1f, 1f }))];
        using var flat = new FlatParameters(Named(parameters));
        using var optimizer = new FlatAdamW(flat, weightDecay: 0);
        parameters[0].grad = tensor(new[] { 1e-4f, -5f, 0f });

        using var gradients = flat.Gradients();
        optimizer.Step(gradients, 0.25);

        Assert.That(Values(parameters[0]), Is.EqualTo(new[] { 0.75f, 1.25f, 1f }).Within(1e-4));
    }

    private static void AssertEqualSteps(OptimizerKind kind, Func<int, int, bool> hasGradient)
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (Parameters(seed: 1), Parameters(seed: 1));
        using var flat = new FlatParameters(Named(ours));
        using var optimizer = Create(kind, flat);
        using optim.Optimizer reference = kind == OptimizerKind.AdamW
            ? optim.AdamW(theirs, 0.01, weight_decay: Decay)
            : optim.SGD(theirs, 0.01, momentum: 0.9, weight_decay: Decay);
        for (var step = 0; step < 40; step++)
        {
            var rate = 0.01 / (1 + step);
            for (var i = 0; i < ours.Length; i++)
            {
                var gradient = hasGradient(i, step) ? Random(s_shapes[i], (100 * step) + i) : null;
                (ours[i].grad, theirs[i].grad) = (gradient, gradient?.clone());
            }
            using var gradients = flat.Gradients();
            optimizer.Step(gradients, rate);
            foreach (var group in reference.ParamGroups)
            {
                group.LearningRate = rate;
            }
            reference.step();
        }
        for (var i = 0; i < ours.Length; i++)
        {
            Assert.That(Values(ours[i]), Is.EqualTo(Values(theirs[i])).Within(1e-6), $"parameter {i}");
        }
        Assert.That(Values(ours[0]), Is.Not.EqualTo(Values(Parameters(seed: 1)[0])).Within(1e-3), "nothing moved");
    }

    private static FlatOptimizer Create(OptimizerKind kind, FlatParameters flat) => kind == OptimizerKind.AdamW ? new FlatAdamW(flat, Decay) : new FlatSgd(flat, Decay);

    private static Parameter[] Parameters(int seed) => [.. s_shapes.Select((shape, index) => new Parameter(Random(shape, seed + (1000 * index))))];

    private static (string, Parameter)[] Named(Parameter[] parameters) => [.. parameters.Select((parameter, index) => ($"p{index}", parameter))];

    private static Tensor Random(long[] shape, int seed)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()).reshape(shape);
    }

    private static float[] Values(Tensor tensor) => tensor.detach().data<float>().ToArray();
}
