using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;
using TorchSharp;

Console.WriteLine($"libtorch in {LibTorch.Load().Folder}");

var sizes = new SamOptions
{
    ImageSize = 32, PatchSize = 8, EmbedDim = 16, Depth = 1, NumHeads = 2, WindowSize = 2, GlobalAttnIndexes = [0], PromptEmbedDim = 16, MaskInChans = 4,
    DecoderDepth = 1, DecoderNumHeads = 2, DecoderMlpDim = 16, IouHeadHiddenDim = 16,
};
var preprocessing = new PreprocessingOptions { ImageSize = sizes.ImageSize, WindowMin = -125, WindowMax = 275 };
var (image, labels) = AbdomenPhantom.Create(seed: 1, new PhantomOptions { Width = 32, Height = 32, Depth = 12 });
var slices = Enumerable.Range(0, 12).Select(z => new StoredSlice("phantom", z, 32, 32, Windowed(z), Array.ConvertAll(labels.Slice(z).ToArray(), id => (byte)id))).ToArray();

using var network = SamNetwork.Create(sizes, new LoraOptions { Rank = 2 }, torch.CPU, seed: 1);
var result = new SegmentationTrainer(network, torch.CPU, new TrainingOptions { Epochs = 1, BatchSize = 4 }, preprocessing).Train(slices, []);
Console.WriteLine($"{result.Steps} steps");

var predicted = new VolumePredictor(network, preprocessing, torch.CPU).Predict(image, hasGeometry: true);
Console.WriteLine($"{predicted.Labels.Voxels.Length} labels");

float[] Windowed(int z)
{
    var slice = image.Slice(z).ToArray();
    HuWindow.Normalize(slice, slice, -125, 275);
    return slice;
}
