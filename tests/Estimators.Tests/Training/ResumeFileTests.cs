using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>What a run goes on from, and the files that it must not go on from.</summary>
public sealed class ResumeFileTests
{
    [TestCase(OptimizerKind.AdamW)]
    [TestCase(OptimizerKind.Sgd)]
    public void Parameters_moments_and_steps_come_back_as_they_were(OptimizerKind kind)
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var written = new Run(kind, seed: 1);
        written.Step();
        ResumeFile.Save(folder.File("resume.safetensors"), written.Optimizer, []);
        using var read = new Run(kind, seed: 2);

        using (var file = TensorFile.Read(folder.File("resume.safetensors")))
        {
            ResumeFile.Load(file, read.Optimizer);
        }

        Assert.That(read.State(), Is.EqualTo(written.State()));
        Assert.That(read.Optimizer.Steps, Is.EqualTo(written.Optimizer.Steps).And.Contains(1).And.Contains(0));
    }

    [Test]
    public void A_file_of_an_earlier_version_is_refused_with_what_to_do()
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var run = new Run(OptimizerKind.AdamW, seed: 1);
        var path = folder.File("resume.safetensors");
        TensorFile.Write(path, [new("parameter/x", zeros(2)), new("optimizer", zeros([8], ScalarType.Byte))]);
        using var file = TensorFile.Read(path);

        Assert.That(() => ResumeFile.Load(file, run.Optimizer), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("earlier version").And.Message.Contains("--lora"));
    }

    [Test]
    public void A_file_of_the_other_optimiser_is_refused_by_the_moments_that_it_lacks()
    {
        using var folder = new TempFolder();
        using var scope = NewDisposeScope();
        using var sgd = new Run(OptimizerKind.Sgd, seed: 1);
        using var adam = new Run(OptimizerKind.AdamW, seed: 1);
        ResumeFile.Save(folder.File("resume.safetensors"), sgd.Optimizer, []);
        using var file = TensorFile.Read(folder.File("resume.safetensors"));
        var before = adam.State();

        Assert.That(() => ResumeFile.Load(file, adam.Optimizer), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("exp_avg/").And.Message.Contains("AdamW"));
        Assert.That(adam.State(), Is.EqualTo(before));
    }

    private sealed class Run : IDisposable
    {
        private readonly SamNetwork _network;
        private readonly FlatParameters _parameters;

        public Run(OptimizerKind kind, long seed)
        {
            _network = TinyRun.Network(seed);
            _parameters = new(_network.TrainableParameters);
            Optimizer = kind == OptimizerKind.AdamW ? new FlatAdamW(_parameters, 0.1) : new FlatSgd(_parameters, 0.1);
        }

        public FlatOptimizer Optimizer { get; }

        public void Step()
        {
            _network.LowResLogits(ones(1, 1, TinyRun.ImageSize, TinyRun.ImageSize)).square().mean().backward();
            using var gradients = _parameters.Gradients();
            Optimizer.Step(gradients, 0.01);
        }

        public float[][] State() =>
            [_parameters.Values.data<float>().ToArray(), .. Optimizer.MomentNames.Select((_, index) => Optimizer.Moment(index).data<float>().ToArray())];

        public void Dispose()
        {
            Optimizer.Dispose();
            _parameters.Dispose();
            _network.Dispose();
        }
    }
}
