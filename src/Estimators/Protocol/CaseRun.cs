using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Segments and measures one case after the other with one model.</summary>
internal sealed class CaseRun
{
    private readonly SegmentationModel _model;
    private readonly TestProtocolOptions _options;
    private readonly ITestObserver? _observer;
    private readonly List<PreprocessingOptions> _ways = [];

    /// <exception cref="ArgumentException">The label table does not have the network's classes.</exception>
    public CaseRun(SegmentationModel model, TestProtocolOptions options, ITestObserver? observer)
    {
        (_model, _options, _observer) = (model, options, observer);
        Classes = options.Labels?.Classes ?? model.Classes;
        Metrics = new() { Policy = options.LogPolicy, Unit = options.Unit };
        Saved = options.SaveNifti ? new(Path.Combine(options.Output, "predictions"), options.PaperGeometry) : null;
        if (Classes.Count != model.Classes.Count)
        {
            throw new ArgumentException($"The label table '{options.Labels!.Name}' has {Classes.Count} classes, and the network {model.Classes.Count}. Give the table that it was trained with (--labels, Labels).", nameof(options));
        }
    }

    public IReadOnlyList<LabelClass> Classes { get; }

    public MetricOptions Metrics { get; }

    /// <summary>The way to the network that each case took.</summary>
    public IReadOnlyList<PreprocessingOptions> Ways => _ways;

    /// <summary>Where volumes are saved; null when they are not.</summary>
    public SavedVolumes? Saved { get; }

    /// <summary>The way of a slice of a volume with a geometry.</summary>
    public PreprocessingOptions Way => _options.Preprocessing?.Invoke(_model.Preprocessing(normalized: false)) ?? _model.Preprocessing(normalized: false);

    /// <summary>Reads every label map, so that an id that is no class is told before the first hour of work and not after.</summary>
    /// <exception cref="VolumeFormatException">A label map is damaged, or holds an id that is no class.</exception>
    /// <exception cref="LabelTableException">It holds an id that the table does not know.</exception>
    public void CheckLabels(IEnumerable<CaseHeader> headers, CancellationToken cancellationToken)
    {
        foreach (var header in headers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _ = ReadReference(header);
        }
    }

    public CaseMeasurement Measure(CaseHeader header, int index, CancellationToken cancellationToken)
    {
        var (name, path) = (header.Files.Name, header.Files.ImagePath);
        var options = WayOf(VolumeFile.IdentifyImage(path));
        _ways.Add(options);
        var channels = ImageChannels.Fit(VolumeFile.ReadChannels(path), options.Channels, path);
        var depth = channels[0].Geometry.Depth;
        _observer?.Report(new(index, _options.Cases.Count, name, 0, depth));
        var prediction = new VolumePredictor(_model.Network, options, _model.Device, _options.Prediction)
            .Predict(channels, header.HasGeometry, progress: new Slices(this, index, name, depth), cancellationToken: cancellationToken);
        if (prediction.NonFiniteVoxels > 0)
        {
            _observer?.Warn($"{path}: {prediction.NonFiniteVoxels} voxels are NaN or infinite; NaN counted as the lower end of the window.");
        }
        var reference = ReadReference(header);
        var measured = OrganScorer.Measure(name, prediction.Labels, reference, Classes, Metrics);
        Saved?.Write(name, prediction.Labels, channels, reference, options);
        return measured;
    }

    /// <summary>The way to the network, as prediction takes it: files without geometry hold intensities in 0..1, and the reference's single slices skip the detour.</summary>
    private PreprocessingOptions WayOf(VolumeInfo image)
    {
        var way = _model.Preprocessing(normalized: !image.HasGeometry);
        way = _options.Preprocessing?.Invoke(way) ?? way;
        return image.Shape.Count == 2 && _model.IsOfReference ? way with { InputSize = null } : way;
    }

    private LabelVolume ReadReference(CaseHeader header)
    {
        var path = header.Files.LabelPath!;
        var raw = VolumeFile.ReadLabels(path);
        if (_options.Labels is { } table)
        {
            return new(header.Stored, table.Map(raw, path).Voxels);
        }
        int[] unknown = [.. raw.CountLabels().Keys.Where(id => id > Classes.Count)];
        return unknown.Length == 0
            ? new(header.Stored, raw.Voxels)
            : throw new VolumeFormatException(path, "labels", $"class ids 0..{Classes.Count}", $"also {string.Join(", ", unknown.Take(20))}; say what the ids mean with a label table (--labels, Labels)");
    }

    private sealed class Slices(CaseRun run, int index, string name, int depth) : IProgress<int>
    {
        public void Report(int value) => run._observer?.Report(new(index, run._options.Cases.Count, name, value, depth));
    }
}
