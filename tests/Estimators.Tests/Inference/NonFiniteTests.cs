using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.Inference;

public class NonFiniteTests
{
    [Test]
    public void A_network_with_a_NaN_weight_gives_no_labels()
    {
        using var network = TinyRun.Network();
        using (torch.no_grad())
        {
            network.TrainableParameters[0].Parameter.fill_(float.NaN);
        }
        var predictor = new VolumePredictor(network, TinyRun.Preprocessing, torch.CPU);

        Assert.That(() => predictor.Predict(new Volume<float>(Geometry.Unplaced(2, 24, 24)), hasGeometry: false),
            Throws.TypeOf<NonFiniteLogitsException>().With.Message.Contains("checkpoint verify"));
    }
}
