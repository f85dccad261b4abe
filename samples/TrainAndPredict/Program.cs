// From a folder of volumes to a trained model and a label map: load, split by patient, fit, evaluate, save, load, predict.
//
//   dotnet run -c Release --project samples/TrainAndPredict -- --output out/train
//
// Without --data it draws patients of its own; without --sam it trains a small network from random weights.

using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Sam;
using TrainAndPredict;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var output = new Option<string>("--output") { Description = "Folder for the model and the label map.", DefaultValueFactory = _ => "train-and-predict" };
var data = new Option<string?>("--data") { Description = "Folder with images/ and labels/ in Synapse ids; drawn patients when left out." };
var sam = new Option<string?>("--sam") { Description = "SAM checkpoint to start from, as sam_vit_b_01ec64.pth; random weights when left out." };
var model = new Option<string?>("--model") { Description = "JSON file with the sizes of the network; vit_b with --sam and a small network without when left out." };
var epochs = new Option<int>("--epochs") { Description = "Passes over the training slices.", DefaultValueFactory = _ => 15 };
var command = new RootCommand("Trains a segmentation model with ML.NET and labels a volume with it.") { output, data, sam, model, epochs };
command.SetAction(given => Run(given.GetValue(output)!, given.GetValue(data), given.GetValue(sam), given.GetValue(model), given.GetValue(epochs)));
return command.Parse(args).Invoke();

static void Run(string outputFolder, string? dataFolder, string? samFile, string? modelFile, int epochs)
{
    var sizes = modelFile is not null ? SamOptions.FromJsonFile(modelFile) : samFile is not null ? SamOptions.VitB : Recipe.Small;
    var ml = new MLContext(seed: 1);
    var volumes = new SliceDataOptions { Labels = LabelTable.Synapse };

    // Load: nothing is read before it is needed.
    var slices = ml.Data.LoadSlices(dataFolder ?? Phantoms.Write(Path.Combine(outputFolder, "data"), patients: 10), volumes);
    var split = ml.Data.TrainTestSplitByCase(slices, testFraction: 0.2);
    Console.WriteLine($"training on {string.Join(", ", split.TrainCases)}; testing on {string.Join(", ", split.TestCases)}");

    // Fit: window, resize, train.
    var pipeline = ml.Transforms.NormalizeSlice("Image", lo: -125, hi: 275)
        .Append(ml.Transforms.ResizeSlice("Image", size: sizes.InputSize ?? sizes.ImageSize))
        .AppendCacheCheckpoint(ml) // Prepared slices of this size fit into memory, so that files are read once.
        .Append(Recipe.Trainer(ml, sizes, samFile, epochs));
    using var trained = pipeline.Fit(split.TrainSet);

    // Evaluate: whole patients, put together from their slices.
    Console.WriteLine(ml.Segmentation().Evaluate(trained.Transform(split.TestSet)));

    // Save and load. The zip holds what was trained, not the SAM checkpoint that it was trained on.
    var zip = Path.Combine(Directory.CreateDirectory(outputFolder).FullName, "model.zip");
    ml.Model.Save(trained, slices.Schema, zip);
    using var loaded = ml.Segmentation().LoadModel(zip, new LoadModelOptions { SamFile = samFile });

    // Predict: a file in, a file out, on the grid of the first.
    var files = DataFolder.Find(dataFolder ?? Path.Combine(outputFolder, "data"), listFile: null).Files;
    var image = files.First(file => file.Name == split.TestCases[0]).ImagePath;
    var labels = ml.Segmentation().PredictVolume(loaded, image, volumes);
    var labelFile = Path.Combine(outputFolder, "labels.nii.gz");
    VolumeFile.Write(labelFile, labels);
    Console.WriteLine($"model   {zip} ({new FileInfo(zip).Length / 1024:n0} KiB)");
    Console.WriteLine($"image   {image}");
    Console.WriteLine($"labels  {labelFile}");
    Console.WriteLine($"sha256  {Sha256(labels)}");
}

// What LoadAndPredict prints for the same image and model, in another process.
static string Sha256(LabelVolume labels) => Convert.ToHexStringLower(SHA256.HashData(Array.ConvertAll(labels.Voxels, id => (byte)id)));
