using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Segments and measures one case after the other with one model.</summary>
internal sealed class CaseRun
{
    private const long KeptBytes = 64 << 20;

    private readonly SegmentationModel _model;
    private readonly TestProtocolOptions _options;
    private readonly ITestObserver? _observer;
    private readonly List<PreprocessingOptions> _ways = [];
    private readonly Dictionary<int, LabelRuns> _references = [];
    private readonly long _keptBytes;

    /// <summary>Measures with <paramref name="model"/>, which stays the caller's.</summary>
    /// <param name="model">The network.</param>
    /// <param name="options">What to test and how.</param>
    /// <param name="observer">Gets the progress; null for none.</param>
    /// <param name="keptBytes">Most bytes of label maps that are kept from their check until their case comes; the others are read again then.</param>
    /// <exception cref="ArgumentException">The label table does not have the network's classes.</exception>
    public CaseRun(SegmentationModel model, TestProtocolOptions options, ITestObserver? observer, long keptBytes = KeptBytes)
    {
        (_model, _options, _observer, _keptBytes) = (model, options, observer, keptBytes);
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

    /// <summary>Reads every label map, so that an id that is no class is told before the first hour of work and not after. As runs most are small enough to be kept.</summary>
    /// <exception cref="VolumeFormatException">A label map is damaged, or holds an id that is no class.</exception>
    /// <exception cref="LabelTableException">It holds an id that the table does not know.</exception>
    public void CheckLabels(IReadOnlyList<CaseHeader> headers, CancellationToken cancellationToken)
    {
        var room = _keptBytes;
        for (var i = 0; i < headers.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var labels = ReferenceLabels.Read(headers[i], Classes.Count, _options.Labels);
            if (labels.Bytes <= room)
            {
                room -= labels.Bytes;
                _references[i] = labels;
            }
        }
    }

    public CaseMeasurement Measure(CaseHeader header, int index, CancellationToken cancellationToken)
    {
        var (name, path) = (header.Files.Name, header.Files.ImagePath);
        var image = VolumeFile.IdentifyImage(path);
        var options = WayOf(image);
        _ways.Add(options);
        _observer?.Report(new(index, _options.Cases.Count, name, 0, header.Depth));
        // A reference that was not kept is read while the network is at work.
        var reading = _references.Remove(index, out var kept) ? Task.FromResult(kept) : Task.Run(() => ReferenceLabels.Read(header, Classes.Count, _options.Labels), CancellationToken.None);
        var (prediction, nonFinite) = Predict(image, options, header, new Slices(this, index, name, header.Depth), cancellationToken);
        if (nonFinite > 0)
        {
            _observer?.Warn($"{path}: {nonFinite} voxels are NaN or infinite; NaN counted as the lower end of the window.");
        }
        var reference = reading.GetAwaiter().GetResult();
        var measured = OrganScorer.Measure(name, prediction, reference, Classes, Metrics);
        Saved?.Write(name, prediction.ToVolume(), ImageChannels.Fit(VolumeFile.ReadChannels(path), options.Channels, path), reference.ToVolume(), options);
        return measured;
    }

    /// <summary>The labels of a case, read slice by slice where the file's slices are those that the network is to see. Labels are kept as runs, so that the memory that a case takes
    /// hardly depends on its number of slices; only post-processing needs all of them at once.</summary>
    private (LabelRows Labels, int NonFiniteVoxels) Predict(VolumeInfo image, PreprocessingOptions options, CaseHeader header, Slices progress, CancellationToken cancellationToken)
    {
        var predictor = new VolumePredictor(_model.Network, options, _model.Device, _options.Prediction);
        if (!SlicesOfFile.IsPossible(image, options))
        {
            var channels = ImageChannels.Fit(VolumeFile.ReadChannels(image.Path), options.Channels, image.Path);
            var prediction = predictor.Predict(channels, header.HasGeometry, progress: progress, cancellationToken: cancellationToken);
            return (LabelRows.Of(prediction.Labels), prediction.NonFiniteVoxels);
        }
        using var slices = new SlicesOfFile(image, options);
        var (labels, nonFinite) = predictor.Predict(slices, progress, cancellationToken);
        return (_options.Prediction.Postprocessing is { } postprocessing ? LabelRows.Of(LabelPostprocessing.Apply(labels.ToVolume(), postprocessing)) : labels, nonFinite);
    }

    /// <summary>The way to the network, as prediction takes it: files without geometry hold intensities in 0..1, and the reference's single slices skip the detour.</summary>
    private PreprocessingOptions WayOf(VolumeInfo image)
    {
        var way = _model.Preprocessing(normalized: !image.HasGeometry);
        way = _options.Preprocessing?.Invoke(way) ?? way;
        return image.Shape.Count == 2 && _model.IsOfReference ? way with { InputSize = null } : way;
    }

    private sealed class Slices(CaseRun run, int index, string name, int depth) : IProgress<int>
    {
        public void Report(int value) => run._observer?.Report(new(index, run._options.Cases.Count, name, value, depth));
    }
}
