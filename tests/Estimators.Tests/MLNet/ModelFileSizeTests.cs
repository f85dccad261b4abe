using Microsoft.ML;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

[TestFixture]
internal sealed class ModelFileSizeTests
{
    [Test]
    public void The_file_of_a_vit_b_model_holds_the_trained_part_only()
    {
        using var folder = new TempFolder();
        var ml = new MLContext(1);
        var network = SamNetwork.Create(SamOptions.VitB, new LoraOptions(), torch.CPU, seed: 1);
        var preprocessing = new PreprocessingOptions { ImageSize = SamOptions.VitB.ImageSize };
        var columns = new SegmentationColumns { Image = "Image", PredictedLabel = "PredictedLabel", Probability = null, Height = "Height", Width = "Width", RestoresSliceSize = true };
        using var model = new SamSegmentationTransformer(
            new SlicePredictor(network, torch.CPU, preprocessing, LabelTable.Synapse.Classes), columns, 4, new ModelBase { FileName = "sam_vit_b_01ec64.pth", Sha256 = new string('0', 64) }, null);
        ml.Model.Save(model, ml.View(1).Schema, folder.File("model.zip"));
        model.SaveLora(folder.File("lora.pth"));
        var trained = network.TrainableParameters.Sum(pair => pair.Parameter.numel()) * sizeof(float);
        Assert.That(new FileInfo(folder.File("lora.pth")).Length, Is.InRange(trained, 1.1 * trained));
        Assert.That(new FileInfo(folder.File("model.zip")).Length, Is.InRange(0.8 * trained, 1.1 * trained), "about 20 MB");
    }
}
