using System.Security.Cryptography;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>The same seed on the same machine with the same number of threads gives the same weights, bit for bit.</summary>
public class DeterminismTests
{
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [OneTimeTearDown]
    public void RemoveData() => _folder.Dispose();

    [TestCase(OptimizerKind.AdamW, true)]
    [TestCase(OptimizerKind.Sgd, false)]
    public void Two_runs_of_one_seed_leave_the_same_bytes_and_one_of_another_does_not(OptimizerKind optimizer, bool trainEncoder)
    {
        TrainingRunOptions Options(string name, long seed, int workers) => _folder.Run($"{name}{optimizer}{trainEncoder}") with
        {
            Lora = new LoraOptions { Rank = 2, TrainEncoder = trainEncoder },
            Training = TinyRun.Options with { Optimizer = optimizer, Seed = seed, Workers = workers },
            // By name: another seed splits otherwise, and then other data would make the difference.
            ValidationCases = ["case1"],
        };

        var first = Options("first", seed: 5, workers: 1).Execute();
        var second = Options("second", seed: 5, workers: 3).Execute();
        var other = Options("other", seed: 6, workers: 1).Execute();

        Assert.Multiple(() =>
        {
            foreach (var file in new[] { "best.pth", "last.pth", "initial_base.safetensors", "losses.csv", "epochs.csv" })
            {
                Assert.That(Hash(second, file), Is.EqualTo(Hash(first, file)), file);
            }
            Assert.That(Hash(other, "last.pth"), Is.Not.EqualTo(Hash(first, "last.pth")));
            Assert.That(Hash(other, "initial_base.safetensors"), Is.Not.EqualTo(Hash(first, "initial_base.safetensors")));
        });
    }

    private static string Hash(TrainingRunResult run, string file) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(run.BestPath)!, file))));
}
