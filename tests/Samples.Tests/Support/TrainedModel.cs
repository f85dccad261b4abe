using Microsoft.ML;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;

namespace SAMed.MLNet.Samples.Tests.Support;

/// <summary>A tiny model of a few seconds' training, saved as a zip file.</summary>
internal sealed class TrainedModel : IDisposable
{
    private static readonly SamOptions s_sizes = new()
    {
        ImageSize = 32, PatchSize = 8, EmbedDim = 32, Depth = 2, NumHeads = 2, WindowSize = 3, GlobalAttnIndexes = [1], PromptEmbedDim = 16,
        MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 8,
    };

    private readonly TempFolder _folder = new();

    /// <summary>Trains on three phantoms.</summary>
    /// <param name="withBase">Whether from a SAM checkpoint, <see cref="BaseFile"/>, which the zip does not hold; else from random weights.</param>
    public TrainedModel(bool withBase)
    {
        foreach (var seed in Enumerable.Range(1, 3))
        {
            WritePhantom(File($"data/images/p{seed}.nii.gz"), File($"data/labels/p{seed}.nii.gz"), seed);
        }
        WritePhantom(Image, File("new/labels.nii.gz"), seed: 50);
        if (withBase)
        {
            using var network = SamNetwork.Create(s_sizes, new LoraOptions { Placement = LoraPlacement.None }, torch.CPU, seed: 3);
            SamCheckpoint.Save(network, BaseFile);
            s_sizes.ToJsonFile(SizesFile);
        }
        var data = Ml.Data.LoadSlices(Data, new SliceDataOptions { Labels = LabelTable.Synapse });
        var pipeline = Ml.Transforms.NormalizeSlice("Image")
            .Append(Ml.Transforms.ResizeSlice("Image", size: s_sizes.ImageSize))
            .Append(Ml.Segmentation().Trainers.SamLora(new SamLoraSegmentationTrainer.Options
            {
                Model = s_sizes,
                SamFile = withBase ? BaseFile : null,
                Lora = new LoraOptions { TrainEncoder = !withBase },
                Training = new TrainingOptions { Epochs = 80, BatchSize = 8, LearningRate = 0.005, WarmupSteps = 10, WeightDecay = 0, Augment = false },
            }));
        using var model = pipeline.Fit(data);
        Directory.CreateDirectory(Path.GetDirectoryName(Zip)!);
        Ml.Model.Save(model, data.Schema, Zip);
        Slices = [.. Ml.Data.CreateEnumerable<Labels>(model.Transform(Ml.Data.LoadSlices([Image])), reuseRowObject: false).Select(row => row.PredictedLabel)];
        Volume = Ml.Segmentation().PredictVolume(model, Image);
        Assert.That(Volume.CountLabels(), Has.Count.GreaterThan(2), "The model has not learned enough to compare its labels.");
    }

    public MLContext Ml { get; } = new(seed: 2);

    public string Zip => File("model/model.zip");

    public string BaseFile => File("bases/tiny_base.safetensors");

    /// <summary>The network's sizes as JSON, when there is a base.</summary>
    public string SizesFile => File("bases/tiny.json");

    /// <summary>The phantoms that it was trained on, <c>images/</c> and <c>labels/</c>.</summary>
    public string Data => File("data");

    /// <summary>A volume that training has not seen, in RAS order.</summary>
    public string Image => File("new/image.nii.gz");

    /// <summary>What the model says of the slices of <see cref="Image"/> in the process that trained it.</summary>
    public IReadOnlyList<byte[]> Slices { get; }

    /// <summary>What it says of the whole volume.</summary>
    public LabelVolume Volume { get; }

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    private static void WritePhantom(string image, string labels, int seed)
    {
        var (hu, ids) = AbdomenPhantom.Create(seed, new PhantomOptions { Width = 40, Height = 36, Depth = 8 });
        VolumeFile.Write(image, hu, ImageStorage.Int16);
        VolumeFile.Write(labels, ids);
    }

    private sealed class Labels
    {
        public byte[] PredictedLabel { get; set; } = [];
    }
}
