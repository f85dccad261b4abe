// A method of parameter-efficient fine-tuning that the library does not know, written against its public interface:
// trained, saved, loaded into another network, compared.
//
//   dotnet run -c Release --project samples/AddAdapter -- [FOLDER]

using System.Globalization;
using AddAdapter;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Path.GetFullPath(args.FirstOrDefault() ?? "add-adapter");
var baseFile = Path.Combine(folder, "base.safetensors");
var adapterFile = Path.Combine(folder, "scale-shift.safetensors");
var sizes = new SamOptions
{
    ImageSize = 64, PatchSize = 8, EmbedDim = 48, Depth = 3, NumHeads = 3, WindowSize = 4, GlobalAttnIndexes = [2],
    PromptEmbedDim = 32, DecoderNumHeads = 4, DecoderMlpDim = 64, IouHeadHiddenDim = 32, NumClasses = 8,
};

// Finds and loads libtorch too, which has to come before any other use of TorchSharp.
var device = Devices.Resolve("cpu");
using var network = SamNetwork.Create(sizes, new ScaleShiftAdapter(), device, seed: 1);
// With Segment Anything's own weights: SamCheckpoint.Load(network, "sam_vit_b_01ec64.pth") into a network of SamOptions.VitB.
SamCheckpoint.Save(network, baseFile);
var added = network.TrainableParameters.Where(named => ScaleShiftQkv.Owns(named.Name)).Sum(named => named.Parameter.numel());
Console.WriteLine($"{network.parameters().Sum(parameter => parameter.numel()):n0} parameters, {added:n0} of them scales and shifts");

Train(network);
TensorFile.Write(adapterFile, network.TrainableParameters.Select(named => new TensorEntry(named.Name, named.Parameter)),
    new Dictionary<string, string> { ["method"] = "scale and shift of queries and values" });
Console.WriteLine($"saved {adapterFile}, {new FileInfo(adapterFile).Length / 1024:n0} KiB");

using var loaded = Load(baseFile, adapterFile);
var (largest, moved) = Compare(network, loaded);
Console.WriteLine($"loaded: largest difference of the logits {largest:g3}, of the base's own {moved:g3}");
return largest == 0 && moved > 0 ? 0 : 1;

void Train(SamNetwork network)
{
    var options = new TrainingOptions { Epochs = 12, BatchSize = 8, LearningRate = 0.005, WarmupSteps = 5, WeightDecay = 0.01, Seed = 1, Augment = false };
    var trainer = new SegmentationTrainer(network, device, options, new PreprocessingOptions { ImageSize = sizes.ImageSize });
    var result = trainer.Train(PhantomSlices.Of(1, 2, 3, 4, 5, 6), PhantomSlices.Of(7), new Losses());
    Console.WriteLine($"trained {result.Steps} steps in {result.Elapsed.TotalSeconds:f1} s");
}

SamNetwork Load(string baseFile, string adapterFile)
{
    // Another seed: what is equal afterwards came from the files.
    var network = SamNetwork.Create(sizes, new ScaleShiftAdapter(), device, seed: 2);
    SamCheckpoint.Load(network, baseFile);
    using var file = TensorFile.Read(adapterFile);
    using var frozen = no_grad();
    foreach (var (name, parameter) in network.TrainableParameters)
    {
        parameter.copy_(file[name]);
    }
    return network;
}

(double Loaded, double Base) Compare(SamNetwork trained, SamNetwork loaded)
{
    using var scope = NewDisposeScope();
    using var mode = no_grad();
    using var plain = SamNetwork.Create(sizes, new ScaleShiftAdapter(), device, seed: 2);
    SamCheckpoint.Load(plain, baseFile);
    var slice = PhantomSlices.Of(7)[8];
    var image = tensor(slice.Image, [1, 1, slice.Height, slice.Width]);
    var logits = trained.LowResLogits(image);
    return (Largest(logits - loaded.LowResLogits(image)), Largest(logits - plain.LowResLogits(image)));
}

static double Largest(Tensor difference) => difference.abs().max().ToDouble();

/// <summary>Prints a line per validation.</summary>
internal sealed class Losses : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Step == 1 || value.ValidationDice is not null)
        {
            Console.WriteLine($"step {value.Step,3} of {value.TotalSteps}: loss {value.Losses.Total:f4}" + (value.ValidationDice is { } dice ? $", Dice {dice:f3}" : ""));
        }
    }
}
