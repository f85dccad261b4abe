using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests.Sam;

[Category("Golden")]
[TestFixture("tiny_samed")]
[TestFixture("tiny_samed_s")]
public sealed class GoldenForwardTests(string folder)
{
    private const double Tolerance = 1e-5;

    [Test]
    public void Outputs_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var noGrad = no_grad();
        using var output = network.call(golden["input"].ToTensor());

        GoldenTensors.AssertClose(output.Masks, golden["masks"], Tolerance, "masks");
        GoldenTensors.AssertClose(output.LowResLogits, golden["low_res_logits"], Tolerance, "low_res_logits");
        GoldenTensors.AssertClose(output.IouPredictions, golden["iou_predictions"], Tolerance, "iou_predictions");
        AssertSameLabels(output.Masks, golden["pred_labels"].ToTensor());
    }

    [Test]
    public void Training_logits_equal_those_of_the_whole_forward_pass()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var noGrad = no_grad();

        GoldenTensors.AssertClose(network.LowResLogits(golden["input"].ToTensor()), golden["low_res_logits"], Tolerance, "low_res_logits");
    }

    [Test]
    public void Every_intermediate_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var forward = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/intermediates.npz"));
        using var noGrad = no_grad();
        var seen = IntermediateRecorder.Record(network, forward["input"].ToTensor());
        seen["sparse_embeddings"] = zeros(1, 0, network.Options.PromptEmbedDim);              // no prompts: the module makes none

        Assert.That(seen.Keys, Is.SupersetOf(golden.Names));
        Assert.Multiple(() =>
        {
            foreach (var name in golden.Names.AtLeastOne())
            {
                GoldenTensors.AssertClose(seen[name], InsideTheImage(golden[name].ToTensor(), seen[name].shape), Tolerance, name);
            }
        });
        GoldenTensors.AssertClose(seen["image_encoder"], forward["image_embeddings"], Tolerance, "image_embeddings");
    }

    /// <summary>The reference's windows put together to the grid of tokens; what fills the windows up is computed by the reference only.</summary>
    private static Tensor InsideTheImage(Tensor golden, long[] shape)
    {
        var isWindows = shape.Length == 4 && golden.shape.Length == 4 && golden.shape[0] > shape[0];
        return isWindows ? WindowPartition.Join(golden, (int)golden.shape[1], shape[1], shape[2]) : golden;
    }

    [Test]
    public void Double_precision_weights_give_the_same_logits()
    {
        using var scope = NewDisposeScope();
        using var network = GoldenModel.Load(folder);
        using var golden = NpzFile.Open(TestData.Golden($"{folder}/forward.npz"));
        using var noGrad = no_grad();
        network.to(ScalarType.Float64);

        var logits = network.LowResLogits(golden["input"].ToTensor().to_type(ScalarType.Float64));
        Assert.That(logits.dtype, Is.EqualTo(ScalarType.Float64));
        GoldenTensors.AssertClose(logits, golden["low_res_logits"], Tolerance, "low_res_logits");
    }

    /// <summary>Labels may differ only where the two largest logits are closer than the tolerance.</summary>
    private static void AssertSameLabels(Tensor masks, Tensor expected)
    {
        var (top, _) = masks.topk(2, dim: 1);
        var close = (top.select(1, 0) - top.select(1, 1)).lt(Tolerance);
        var wrong = masks.argmax(1).ne(expected).logical_and(close.logical_not());

        Assert.That(wrong.sum().item<long>(), Is.Zero);
    }
}
