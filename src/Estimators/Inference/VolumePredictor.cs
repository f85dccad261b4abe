using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Modeling;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>Segments volumes: slices in batches through the network, labels back on the volume's own grid.</summary>
public sealed class VolumePredictor
{
    private readonly SamNetwork _network;
    private readonly PreprocessingOptions _options;
    private readonly SlicePreparation _preparation;
    private readonly PredictionOptions _prediction;
    private readonly int _batchSize;
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
        (_network, _options, _preparation, _batchSize, _device) = (network, options, new SlicePreparation(options), _prediction.BatchSize, device);
    }

    /// <summary>Labels every voxel of a grey <paramref name="image"/>; a model of three channels gets it three times.</summary>
    /// <param name="image">[D, H, W] in the units of the options' window.</param>
    /// <param name="hasGeometry">Whether the affine is known. Only then is the volume reoriented before slicing.</param>
    /// <param name="keepLogits">Whether to keep the low-resolution logits, 4·(C+1)·L²·D bytes.</param>
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
    /// <param name="keepLogits">Whether to keep the low-resolution logits, 4·(C+1)·L²·D bytes.</param>
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
        var size = _options.ImageSize;
        var networkLabels = new byte[geometry.Depth * size * size];
        List<float[]>? logits = keepLogits ? [] : null;
        using var probabilities = probabilitiesPath is null ? null : new ProbabilityFile(probabilitiesPath, geometry, _network.Options.NumClasses + 1);
        var next = Prepare(sliced, 0);
        for (var first = 0; first < geometry.Depth; first += _batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = next.GetAwaiter().GetResult();
            next = Prepare(sliced, first + _batchSize);
            var count = Math.Min(_batchSize, geometry.Depth - first);
            var output = NetworkPass.Run(_network, _device, batch, _options.Channels, first, _prediction.Tta, logits: keepLogits, probabilities: probabilities is not null);
            logits?.Add(output.LowResLogits!);
            var classes = output.Classes;
            classes.CopyTo(networkLabels, first * size * size);
            WriteBack(classes, labels, first, count);
            probabilities?.Add(output.Probabilities!, first, count, _preparation);
            progress?.Report(first + count);
        }
        var result = reorient ? Orientation.Reorient(labels, Orientation.Of(image.Geometry.Affine)) : labels;
        probabilities?.Save(image.Geometry);
        // The original geometry itself, so that no rounding of the way there and back shows.
        var restored = new LabelVolume(image.Geometry, result.Voxels);
        var cleaned = _prediction.Postprocessing is { } postprocessing ? LabelPostprocessing.Apply(restored, postprocessing) : restored;
        return new()
        {
            Labels = cleaned,
            PostprocessedVoxels = ReferenceEquals(cleaned, restored) ? 0 : cleaned.Voxels.Zip(restored.Voxels).Count(pair => pair.First != pair.Second),
            NetworkLabels = networkLabels,
            ImageSize = size,
            LowResLogits = logits is null ? null : [.. logits.SelectMany(part => part)],
            NonFiniteVoxels = channels.Distinct().Sum(channel => channel.Voxels.Count(voxel => !float.IsFinite(voxel))),
            LowResLogitsShape = [geometry.Depth, _network.Options.NumClasses + 1, _network.Options.LowResSize, _network.Options.LowResSize],
        };
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

    private Task<float[]> Prepare(IReadOnlyList<Volume<float>> channels, int first) => Task.Run(() =>
    {
        var values = _options.Channels * _options.ImageSize * _options.ImageSize;
        var geometry = channels[0].Geometry;
        var count = Math.Clamp(geometry.Depth - first, 0, _batchSize);
        var all = channels.Count == _options.Channels ? channels : [.. Enumerable.Repeat(channels[0], _options.Channels)];
        var batch = new float[count * values];
        Parallel.For(0, count, i => _preparation.ToNetwork(ImageChannels.Slice(all, first + i), geometry.Height, geometry.Width, batch.AsSpan(i * values, values)));
        return batch;
    });

    private void WriteBack(byte[] classes, LabelVolume labels, int first, int count)
    {
        var (height, width) = (labels.Geometry.Height, labels.Geometry.Width);
        var pixels = _options.ImageSize * _options.ImageSize;
        Parallel.For(0, count, i =>
        {
            var slice = new byte[height * width];
            _preparation.FromNetwork(classes.AsSpan(i * pixels, pixels), slice, height, width);
            var destination = labels.Slice(first + i);
            for (var pixel = 0; pixel < slice.Length; pixel++)
            {
                destination[pixel] = slice[pixel];
            }
        });
    }
}

/// <summary>The network's output is NaN or infinite, so it says nothing about the image.</summary>
public sealed class NonFiniteLogitsException : Exception
{
    /// <summary>Slices from <paramref name="firstSlice"/> to <paramref name="lastSlice"/> have no usable output.</summary>
    public NonFiniteLogitsException(long firstSlice, long lastSlice)
        : base($"The network's output for slices {firstSlice} to {lastSlice} is NaN or infinite: a weight is not a finite number. No labels are written. " +
            "Check both files with 'samed checkpoint verify'.")
    {
    }
}

/// <summary>What the network says of a volume.</summary>
public sealed record VolumePrediction
{
    /// <summary>Text for the header of files of <see cref="Labels"/>, by which <c>samed evaluate</c> knows that they hold class ids and not ids of a data set.</summary>
    public const string FileDescription = "SAMed.MLNet classes";

    /// <summary>Class ids on the geometry of the input.</summary>
    public required LabelVolume Labels { get; init; }

    /// <summary>Voxels whose label post-processing changed.</summary>
    public int PostprocessedVoxels { get; init; }

    /// <summary>Class ids as the network sees the slices, [D, S, S], in slicing order.</summary>
    public required byte[] NetworkLabels { get; init; }

    /// <summary>S.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Voxels of the input that were NaN or infinite; NaN counted as the lower end of the window.</summary>
    public required int NonFiniteVoxels { get; init; }

    /// <summary>[D, C+1, L, L] float32 in slicing order, when asked for.</summary>
    public required float[]? LowResLogits { get; init; }

    /// <summary>Shape of <see cref="LowResLogits"/>.</summary>
    public required IReadOnlyList<int> LowResLogitsShape { get; init; }
}
