using SAMed.MLNet.AsPublished;
using SAMed.MLNet.Imaging.Numpy;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.AsPublished;

/// <summary>The plain formulation, which other tests compare with, is the published one.</summary>
[Category("Golden")]
[TestFixture("tiny_samed")]
[TestFixture("tiny_samed_s")]
public sealed class GoldenTests(string folder)
{
    [Test]
    public void Outputs_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var noGrad = no_grad();
        using var output = AsPublishedSam.Of(network).Forward(golden["input"].ToTensor());

        GoldenTensors.AssertClose(output.Masks, golden["masks"], 1e-5, "masks");
        GoldenTensors.AssertClose(output.LowResLogits, golden["low_res_logits"], 1e-5, "low_res_logits");
        GoldenTensors.AssertClose(output.IouPredictions, golden["iou_predictions"], 1e-5, "iou_predictions");
    }

    [Test]
    public void Gradients_of_the_first_step_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var batches = NpzFile.Open(TestData.Golden($"{folder}/train3_adamw.npz"));
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/grads_step0.npz"));
        var (images, labels) = (batches["inputs"].ToTensor().select(0, 0), batches["low_res_labels"].ToTensor().select(0, 0));
        PublishedLoss.CrossEntropyDice(AsPublishedSam.Of(network).LowResLogits(images), labels, 0.8).backward();

        Assert.Multiple(() =>
        {
            foreach (var (name, parameter) in network.TrainableParameters.Where(named => named.Parameter.grad is not null).AtLeastOne())
            {
                var expected = golden[SamedNames.In(golden.Names, name)];
                GoldenTensors.AssertClose(parameter.grad!, expected, 1e-4 * Math.Max(1e-3, expected.ToDouble().Max(Math.Abs)), name);
            }
        });
    }
}
