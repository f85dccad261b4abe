using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Rendering;

Console.WriteLine($"libtorch in {LibTorch.Load().Folder}");

for (var seed = 1; seed <= 2; seed++)
{
    var (image, truth) = AbdomenPhantom.Create(seed, new PhantomOptions { Width = 32, Height = 32, Depth = 12 });
    VolumeFile.Write($"data/images/p{seed}.nii.gz", image);
    VolumeFile.Write($"data/labels/p{seed}.nii.gz", truth);
}
var sizes = new SamOptions
{
    ImageSize = 32, PatchSize = 8, EmbedDim = 16, Depth = 1, NumHeads = 2, WindowSize = 2, GlobalAttnIndexes = [0], PromptEmbedDim = 16, MaskInChans = 4,
    DecoderDepth = 1, DecoderNumHeads = 2, DecoderMlpDim = 16, IouHeadHiddenDim = 16,
};

var ml = new MLContext(seed: 1);
var data = ml.Data.LoadSlices("data", new SliceDataOptions { Labels = LabelTable.Synapse });
var split = ml.Data.TrainTestSplitByCase(data, testFraction: 0.5);
var pipeline = ml.Transforms.NormalizeSlice("Image", lo: -125, hi: 275)
    .Append(ml.Transforms.ResizeSlice("Image", size: 24))
    .Append(ml.Segmentation().Trainers.SamLora(new() { Model = sizes, Training = new() { Epochs = 1, BatchSize = 4 } }));
using var model = pipeline.Fit(split.TrainSet);
Console.WriteLine($"{model.LastTransformer.TrainingResult!.Steps} steps");

ml.Model.Save(model, data.Schema, "model.zip");
using var loaded = ml.Segmentation().LoadModel("model.zip");
Console.WriteLine(ml.Segmentation().Evaluate(loaded.Transform(split.TestSet)));

var labels = ml.Segmentation().PredictVolume(loaded, "data/images/p2.nii.gz");
Console.WriteLine($"{labels.Voxels.Length} labels");
OverlayRenderer.WritePng("overlay.png", new OverlayOptions(), VolumeFile.ReadImage("data/images/p2.nii.gz"), labels, reference: null, LabelTable.Synapse.Classes);
Console.WriteLine($"a picture of {new FileInfo("overlay.png").Length} bytes");
