using System.Globalization;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Losses;

[Category("Golden")]
public sealed class GoldenLossTests
{
    private const double Tolerance = 1e-6;

    [Test]
    public void Total_cross_entropy_and_dice_equal_the_reference()
    {
        using var golden = Open();
        foreach (var (index, weight, name) in Cases(golden).AtLeastOne())
        {
            using var scope = NewDisposeScope();
            var loss = CrossEntropyDice.Compute(golden[$"{index}_logits"].ToTensor(), golden[$"{index}_target"].ToTensor(), weight);
            var expected = golden[name].ToDouble();

            Assert.That(loss.Total.item<float>(), Is.EqualTo(expected[0]).Within(Tolerance * Math.Abs(expected[0])), $"{name} total");
            Assert.That(loss.CrossEntropy.item<float>(), Is.EqualTo(expected[1]).Within(Tolerance * Math.Abs(expected[1])), $"{name} ce");
            Assert.That(loss.Dice.item<float>(), Is.EqualTo(expected[2]).Within(Tolerance * Math.Abs(expected[2])), $"{name} dice");
        }
    }

    [Test]
    public void Gradients_equal_the_reference()
    {
        using var golden = Open();
        foreach (var name in golden.Names.Where(name => name.Contains("_grad_w", StringComparison.Ordinal)).AtLeastOne())
        {
            using var scope = NewDisposeScope();
            var (index, weight) = (name[..name.IndexOf('_')], Weight(name));
            var logits = golden[$"{index}_logits"].ToTensor().requires_grad_();
            CrossEntropyDice.Compute(logits, golden[$"{index}_target"].ToTensor(), weight).Total.backward();
            var expected = golden[name];

            GoldenTensors.AssertClose(logits.grad!, expected, Tolerance * expected.ToDouble().Max(Math.Abs), name);
        }
    }

    [Test]
    public void Focal_loss_equals_the_reference()
    {
        using var golden = Open();
        foreach (var name in golden.Names.Where(name => name.EndsWith("_focal", StringComparison.Ordinal)).AtLeastOne())
        {
            using var scope = NewDisposeScope();
            var index = name[..name.IndexOf('_')];
            var loss = FocalLoss.Compute(golden[$"{index}_logits"].ToTensor(), golden[$"{index}_target"].ToTensor());
            var expected = golden[name].ToDouble()[0];

            Assert.That(loss.item<float>(), Is.EqualTo(expected).Within(Tolerance * expected), name);
        }
    }

    [Test]
    public void Focal_loss_takes_the_place_of_cross_entropy_in_the_sum()
    {
        using var golden = Open();
        foreach (var (index, weight, name) in Cases(golden).AtLeastOne())
        {
            using var scope = NewDisposeScope();
            var logits = golden[$"{index}_logits"].ToTensor().requires_grad_();
            using var loss = FocalDice.Compute(logits, golden[$"{index}_target"].ToTensor(), weight);
            var (parts, focal) = (golden[name].ToDouble(), golden[$"{index}_focal"].ToDouble()[0]);
            loss.Total.backward();

            Assert.That(loss.Total.item<float>(), Is.EqualTo(((1 - weight) * focal) + (weight * parts[2])).Within(Tolerance), name);
            Assert.That(loss.Focal!.item<float>(), Is.EqualTo(focal).Within(Tolerance * focal), name);
            Assert.That(loss.CrossEntropy.item<float>(), Is.EqualTo(parts[1]).Within(Tolerance * parts[1]), name);
            Assert.That(logits.grad!.abs().sum().item<float>(), Is.Positive, name);
        }
    }

    private static NpzFile Open() => NpzFile.Open(TestData.Golden("losses/losses.npz"));

    private static IEnumerable<(string Index, double Weight, string Name)> Cases(NpzFile golden) =>
        golden.Names.Where(name => name.Contains("_w", StringComparison.Ordinal) && !name.Contains("_grad", StringComparison.Ordinal))
            .Select(name => (name[..name.IndexOf('_')], Weight(name), name));

    private static double Weight(string name) => double.Parse(name[(name.LastIndexOf("_w", StringComparison.Ordinal) + 2)..], CultureInfo.InvariantCulture);
}
