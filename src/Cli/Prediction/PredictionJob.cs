using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Cli.Prediction;

/// <summary>Segments files with one model. Slices are read, prepared, predicted and written back volume by volume.</summary>
internal sealed class PredictionJob(SegmentationModel model, Func<bool, PreprocessingOptions> preprocessing, PredictionOptions options)
{
    /// <summary>Text in the header of label maps that hold class ids, by which <c>evaluate</c> knows them.</summary>
    public const string Description = VolumePrediction.FileDescription;

    private readonly List<PreprocessingOptions> _ways = [];

    /// <summary>The way to the network that each file took.</summary>
    public IReadOnlyList<PreprocessingOptions> Ways => _ways;

    /// <summary>Segments one file and writes its labels, and its logits and probabilities when asked for.</summary>
    public PredictionSummary Run(PredictionFile file, string? logitsPath, string? probabilitiesPath, Action<int, int> sliceDone, CancellationToken cancellationToken)
    {
        var info = VolumeFile.Identify(file.Input);
        if (VolumeFile.IsPictureFile(file.Output) && info.Geometry.Depth > 1)
        {
            throw new CommandFailedException($"{file.Output}: a PNG holds one slice, and {file.Input} has {info.Geometry.Depth}. Give an output of another kind, such as .nii.gz.");
        }
        var slices = preprocessing(IsNormalized(info));
        if (info.Shape.Count == 2 && model.IsOfReference)
        {
            // The reference's branch for single 2-D images has no detour.
            slices = slices with { InputSize = null };
        }
        _ways.Add(slices);
        var predictor = new VolumePredictor(model.Network, slices, model.Device, options);
        var progress = new SliceProgress(done => sliceDone(done, info.Geometry.Depth));
        // Logits and probabilities come in the order of the network's slices; labels alone need no image in memory.
        var prediction = logitsPath is null && probabilitiesPath is null
            ? predictor.PredictFile(file.Input, progress, cancellationToken)
            : predictor.Predict(ImageChannels.Fit(VolumeFile.ReadChannels(file.Input), slices.Channels, file.Input), info.HasGeometry, logitsPath is not null, progress, probabilitiesPath, cancellationToken);
        VolumeFile.Write(file.Output, prediction.Labels, Description);
        if (logitsPath is not null)
        {
            WriteLogits(logitsPath, prediction);
        }
        return PredictionSummary.Of(file, prediction.Labels, model.Classes) with
        {
            NonFiniteVoxels = prediction.NonFiniteVoxels,
            PostprocessedVoxels = prediction.PostprocessedVoxels,
        };
    }

    /// <summary>The reference's npz and h5 files hold intensities in 0..1; files with a geometry hold them as the scanner wrote them.</summary>
    public static bool IsNormalized(VolumeInfo info) => !info.HasGeometry;

    private static void WriteLogits(string path, VolumePrediction prediction) => NpzFile.Write(path,
    [
        new("low_res_logits", NpyArray.Create(prediction.LowResLogits!, [.. prediction.LowResLogitsShape])),
        new("argmax", NpyArray.Create(prediction.NetworkLabels!, prediction.LowResLogitsShape[0], prediction.ImageSize, prediction.ImageSize)),
    ]);

    private sealed class SliceProgress(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}

/// <summary>What was found in one volume.</summary>
internal sealed record PredictionSummary(string Case, string Input, string Output, IReadOnlyList<PredictedOrgan> Organs)
{
    /// <summary>Voxels of the image that were NaN or infinite.</summary>
    public int NonFiniteVoxels { get; init; }

    /// <summary>Voxels whose label post-processing changed.</summary>
    public int PostprocessedVoxels { get; init; }

    public static PredictionSummary Of(PredictionFile file, LabelVolume labels, IReadOnlyList<LabelClass> classes)
    {
        var counts = labels.CountLabels();
        var (x, y, z) = labels.Geometry.SpacingMm;
        return new(file.Case, file.Input, file.Output,
            [.. classes.Select(entry => new PredictedOrgan(entry.Id, entry.Name, counts.GetValueOrDefault(entry.Id), counts.GetValueOrDefault(entry.Id) * x * y * z / 1000))]);
    }
}

/// <summary>One organ of one prediction.</summary>
internal sealed record PredictedOrgan(int Id, string Name, int Voxels, double Millilitres);
