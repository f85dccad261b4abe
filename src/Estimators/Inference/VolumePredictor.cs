using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Sam;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Segments volumes: slices in batches through the network, labels back on the volume's own grid.</summary>
public sealed class VolumePredictor
{
    private readonly SamNetwork _network;
    private readonly PreprocessingOptions _options;
    private readonly SlicePreparation _preparation;
    private readonly PredictionOptions _prediction;
    private readonly Device _device;

    /// <summary>Predicts with <paramref name="network"/>, which stays the caller's, on <paramref name="device"/>.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="options">The same way from file to network as in training.</param>
    /// <param name="device">Where the network lies.</param>
    /// <param name="prediction">Batch size, post-processing and so on; null for the defaults.</param>
    /// <exception cref="ArgumentException">The image size is not the network's, or an option is out of range.</exception>
    public VolumePredictor(SamNetwork network, PreprocessingOptions options, Device device, PredictionOptions? prediction = null)
    {
        _prediction = prediction ?? new();
        _prediction.Validate();
        if (options.ImageSize != network.Options.ImageSize)
        {
            throw new ArgumentException($"The network sees {network.Options.ImageSize}×{network.Options.ImageSize} pixels, and slices would be prepared at {options.ImageSize}.", nameof(options));
        }
        RequireByteClasses(network);
        if (_prediction.Postprocessing?.Labels?.FirstOrDefault(label => label > network.Options.NumClasses) is > 0 and var unknown)
        {
            throw new ArgumentException($"Post-processing names label {unknown}, and the network has classes 1 to {network.Options.NumClasses}.", nameof(prediction));
        }
        (_network, _options, _preparation, _device) = (network, options, new SlicePreparation(options), device);
    }

    /// <summary>Labels every voxel of a grey <paramref name="image"/>; a model of three channels gets it three times.</summary>
    /// <param name="image">[D, H, W] in the units of the options' window.</param>
    /// <param name="hasGeometry">Whether the affine is known. Only then is the volume reoriented before slicing.</param>
    /// <param name="keepLogits">Whether to keep the low-resolution logits, 4·(C+1)·L²·D bytes, and the labels as the network sees the slices, S²·D bytes.</param>
    /// <param name="progress">Gets the number of slices done.</param>
    /// <param name="probabilitiesPath">File to write the probabilities to, as the other overload says; null for none.</param>
    /// <param name="cancellationToken">Checked before every batch.</param>
    /// <returns>Labels on the geometry of <paramref name="image"/>.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    public VolumePrediction Predict(
        Volume<float> image, bool hasGeometry, bool keepLogits = false, IProgress<int>? progress = null, string? probabilitiesPath = null, CancellationToken cancellationToken = default) =>
        Predict([image], hasGeometry, keepLogits, progress, probabilitiesPath, cancellationToken);

    /// <summary>Labels every voxel of an image of one or more channels, as <see cref="VolumeFile.ReadChannels"/> reads it.</summary>
    /// <param name="channels">One volume [D, H, W] (repeated for a model of three channels), or as many as the options' <see cref="PreprocessingOptions.Channels"/>, all on one grid.</param>
    /// <param name="hasGeometry">Whether the affine is known. Only then is the volume reoriented before slicing.</param>
    /// <param name="keepLogits">Whether to keep the low-resolution logits, 4·(C+1)·L²·D bytes, and the labels as the network sees the slices, S²·D bytes.</param>
    /// <param name="progress">Gets the number of slices done.</param>
    /// <param name="probabilitiesPath">File to write the probabilities of background and classes 1..C to, float32 on the geometry of the image: .nii.gz or .nii as a 4-D image (x, y, z, class),
    /// .npz as the array "probabilities" [C+1, D, H, W]; null for none. The largest is the label before post-processing. They are kept beside the file while the slices go through,
    /// 4·(C+1)·D·H·W bytes on disk, so that only a batch and one class need be in memory.</param>
    /// <param name="cancellationToken">Checked before every batch.</param>
    /// <returns>Labels on the geometry of the image.</returns>
    /// <exception cref="NotSupportedException">The ending of <paramref name="probabilitiesPath"/> is none of these.</exception>
    /// <exception cref="IOException">The probabilities cannot be written.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The model takes another number of channels, or they differ in their grids.</exception>
    public VolumePrediction Predict(
        IReadOnlyList<Volume<float>> channels, bool hasGeometry, bool keepLogits = false, IProgress<int>? progress = null, string? probabilitiesPath = null,
        CancellationToken cancellationToken = default)
    {
        RequireFitting(channels);
        if (keepLogits && _prediction.Tta != TestTimeAugmentation.None)
        {
            throw new ArgumentException("Low-resolution logits are those of one forward pass, from which the labels do not come under test-time augmentation: ask for probabilities, or leave one of them out.", nameof(keepLogits));
        }
        var image = channels[0];
        var reorient = hasGeometry && _options.Orientation is not null;
        IReadOnlyList<Volume<float>> sliced = reorient ? [.. channels.Select(channel => Orientation.Reorient(channel, _options.Orientation!))] : channels;
        var geometry = sliced[0].Geometry;
        var labels = new LabelVolume(geometry);
        var network = keepLogits ? new NetworkView(geometry.Depth, _network.Options) : null;
        using var probabilities = probabilitiesPath is null ? null : new ProbabilityFile(probabilitiesPath, geometry, _network.Options.NumClasses + 1);
        var loop = new PredictionLoop(_network, _device, _options, _prediction);
        var all = sliced.Count == _options.Channels ? sliced : [.. Enumerable.Repeat(sliced[0], _options.Channels)];
        loop.Run(new SlicesOfVolume(all), keepLogits, probabilities is not null, (first, count, output) =>
        {
            Parallel.For(0, count, i => loop.Labels(output, i, geometry.Height, geometry.Width).CopyTo(labels.Slice(first + i)));
            network?.Add(output, first);
            probabilities?.Add(output.Probabilities!, first, count, _preparation);
        }, progress, cancellationToken);
        var result = reorient ? Orientation.Reorient(labels, Orientation.Of(image.Geometry.Affine)) : labels;
        probabilities?.Save(image.Geometry);
        // The original geometry itself, so that no rounding of the way there and back shows.
        return Finish(new LabelVolume(image.Geometry, result.Voxels), loop) with
        {
            NetworkLabels = network?.Labels,
            LowResLogits = network?.Logits,
            LowResLogitsShape = [geometry.Depth, _network.Options.NumClasses + 1, _network.Options.LowResSize, _network.Options.LowResSize],
        };
    }

    /// <summary>Labels every voxel of an image file, as <see cref="VolumeFile.ReadChannels"/> and the other overloads do. The slices of a volume are read as they are needed wherever those of
    /// the file are those that the network is to see, so that only a batch of them is in memory, and the labels; pictures, and volumes that are stored across those slices, are read whole.</summary>
    /// <param name="path">A grey volume, or a picture.</param>
    /// <param name="progress">Gets the number of slices done.</param>
    /// <param name="cancellationToken">Checked before every batch.</param>
    /// <returns>Labels on the geometry of the file.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged, which may show only when its last slice is read; it holds no image; or it is a picture in colour and the model takes grey ones.</exception>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    public VolumePrediction PredictFile(string path, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        var info = VolumeFile.IdentifyImage(path);
        if (!SlicesOfFile.IsPossible(info, _options))
        {
            var channels = ImageChannels.Fit(VolumeFile.ReadChannels(path), _options.Channels, path);
            return Predict(channels, info.HasGeometry, progress: progress, cancellationToken: cancellationToken);
        }
        using var slices = new SlicesOfFile(info, _options);
        var labels = new LabelVolume(slices.Geometry);
        var loop = new PredictionLoop(_network, _device, _options, _prediction);
        loop.Run(slices, logits: false, probabilities: false, (first, count, output) =>
            Parallel.For(0, count, i => slices.Return(loop.Labels(output, i, slices.Height, slices.Width)).CopyTo(labels.Slice(first + i))), progress, cancellationToken);
        return Finish(labels, loop);
    }

    /// <summary>Labels every voxel of a grey image file without its voxels ever being in memory all at once.</summary>
    /// <param name="slices">The file.</param>
    /// <param name="progress">Gets the number of slices done.</param>
    /// <param name="cancellationToken">Checked before every batch.</param>
    /// <returns>Labels on the geometry of the file, before any post-processing, and its voxels that were NaN or infinite.</returns>
    /// <exception cref="NonFiniteLogitsException">The network's output is NaN or infinite.</exception>
    internal (LabelRuns Labels, int NonFiniteVoxels) Predict(SlicesOfFile slices, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var labels = new LabelRuns(slices.Geometry);
        var loop = new PredictionLoop(_network, _device, _options, _prediction);
        loop.Run(slices, logits: false, probabilities: false, (first, count, output) =>
            Parallel.For(0, count, i => labels.Set(first + i, slices.Return(loop.Labels(output, i, slices.Height, slices.Width)))), progress, cancellationToken);
        return (labels, loop.NonFiniteVoxels);
    }

    /// <summary>Labels of slices are kept in bytes.</summary>
    internal static void RequireByteClasses(SamNetwork network)
    {
        if (network.Options.NumClasses > byte.MaxValue)
        {
            throw new ArgumentException($"A network of {network.Options.NumClasses} classes is not supported, {byte.MaxValue} at most.", nameof(network));
        }
    }

    private void RequireFitting(IReadOnlyList<Volume<float>> channels)
    {
        if (channels.Count != 1 && channels.Count != _options.Channels)
        {
            throw new ArgumentException($"The model takes images of {_options.Channels} channels, and this one has {channels.Count}.", nameof(channels));
        }
        if (channels.Any(channel => channel.Geometry != channels[0].Geometry))
        {
            throw new ArgumentException("The channels of an image lie on one grid; these do not.", nameof(channels));
        }
    }

    /// <summary>Post-processes what the network said.</summary>
    private VolumePrediction Finish(LabelVolume found, PredictionLoop loop)
    {
        var cleaned = _prediction.Postprocessing is { } postprocessing ? LabelPostprocessing.Apply(found, postprocessing) : found;
        return new()
        {
            Labels = cleaned,
            PostprocessedVoxels = ReferenceEquals(cleaned, found) ? 0 : cleaned.Voxels.Zip(found.Voxels).Count(pair => pair.First != pair.Second),
            ImageSize = _options.ImageSize,
            NonFiniteVoxels = loop.NonFiniteVoxels,
            LowResLogits = null,
            LowResLogitsShape = [found.Geometry.Depth, _network.Options.NumClasses + 1, _network.Options.LowResSize, _network.Options.LowResSize],
        };
    }

    /// <summary>What the network itself said of all slices.</summary>
    private sealed class NetworkView(int depth, SamOptions model)
    {
        private readonly int _pixels = model.ImageSize * model.ImageSize;
        private readonly int _logits = (model.NumClasses + 1) * model.LowResSize * model.LowResSize;

        /// <summary>[D, S, S].</summary>
        public byte[] Labels { get; } = new byte[depth * model.ImageSize * model.ImageSize];

        /// <summary>[D, C+1, L, L].</summary>
        public float[] Logits { get; } = new float[depth * (model.NumClasses + 1) * model.LowResSize * model.LowResSize];

        public void Add(NetworkOutput output, int first)
        {
            output.Classes.CopyTo(Labels, first * _pixels);
            output.LowResLogits!.CopyTo(Logits, first * _logits);
        }
    }
}
