using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>The slices that a volume is predicted from, in the order in which they come.</summary>
internal interface IPredictionSlices
{
    /// <summary>Slices.</summary>
    int Depth { get; }

    /// <summary>H, rows of a slice as the network is to see it.</summary>
    int Height { get; }

    /// <summary>W, columns of it.</summary>
    int Width { get; }

    /// <summary>How often the same values are in a slice: the channels that a grey image is repeated for, else 1.</summary>
    int Repeats { get; }

    /// <summary>Reads slice <paramref name="index"/>, [C, H, W]; asked for in ascending order, each once, by one thread at a time.</summary>
    void Read(int index, Memory<float> slice);
}

/// <summary>The slices of volumes in memory, one for each channel, all on one grid.</summary>
internal sealed class SlicesOfVolume(IReadOnlyList<Volume<float>> channels) : IPredictionSlices
{
    private readonly Geometry _geometry = channels[0].Geometry;

    /// <inheritdoc/>
    public int Depth => _geometry.Depth;

    /// <inheritdoc/>
    public int Height => _geometry.Height;

    /// <inheritdoc/>
    public int Width => _geometry.Width;

    /// <inheritdoc/>
    public int Repeats { get; } = channels.Distinct().Count() == 1 ? channels.Count : 1;

    /// <inheritdoc/>
    public void Read(int index, Memory<float> slice)
    {
        for (var channel = 0; channel < channels.Count; channel++)
        {
            channels[channel].Slice(index).CopyTo(slice.Span[(channel * _geometry.SliceLength)..]);
        }
    }
}

/// <summary>The slices of a grey image file, read as they are asked for and turned one by one, so that the volume is never in memory. They come in the order of the file.</summary>
internal sealed class SlicesOfFile : IPredictionSlices, IDisposable
{
    private static readonly string[] s_axes = ["RL", "AP", "SI"];

    private readonly SliceReader<float> _file;
    private readonly string? _orientation;
    private readonly string _stored;
    private readonly Geometry _slice;
    private readonly Geometry _turned;
    private readonly int _channels;
    private readonly float[] _buffer;

    /// <summary>Opens the file of <paramref name="info"/>, for which <see cref="IsPossible"/> holds.</summary>
    /// <exception cref="VolumeFormatException">It is damaged.</exception>
    public SlicesOfFile(VolumeInfo info, PreprocessingOptions options)
    {
        _file = VolumeFile.OpenImage(info.Path);
        _stored = Orientation.Of(Geometry.Affine);
        _orientation = info.HasGeometry && options.Orientation is { } wanted && wanted != _stored ? wanted : null;
        _slice = new(1, Geometry.Height, Geometry.Width, Geometry.Affine);
        _turned = _orientation is null ? _slice : Orientation.Reorient(_slice, _orientation);
        _channels = options.Channels;
        _buffer = new float[_slice.SliceLength];
    }

    /// <summary>The grid of the file.</summary>
    public Geometry Geometry => _file.Geometry;

    /// <inheritdoc/>
    public int Depth => Geometry.Depth;

    /// <inheritdoc/>
    public int Height => _turned.Height;

    /// <inheritdoc/>
    public int Width => _turned.Width;

    /// <inheritdoc/>
    public int Repeats => _channels;

    /// <summary>Whether the slices of the file are the slices that the network is to see, turned within their plane at most: not for pictures, nor where the orientation of
    /// <paramref name="options"/> slices across those of the file.</summary>
    public static bool IsPossible(VolumeInfo info, PreprocessingOptions options)
    {
        if (info.IsPicture)
        {
            return false;
        }
        return !info.HasGeometry || options.Orientation is not { } wanted || Array.Find(s_axes, axis => axis.Contains(wanted[2]))!.Contains(Orientation.Of(info.Geometry.Affine)[2]);
    }

    /// <inheritdoc/>
    public void Read(int index, Memory<float> slice)
    {
        _file.Read(_buffer);
        var turned = _orientation is null ? _buffer : Orientation.Reorient(new Volume<float>(_slice, _buffer), _orientation).Voxels;
        for (var channel = 0; channel < _channels; channel++)
        {
            turned.CopyTo(slice.Span[(channel * turned.Length)..]);
        }
    }

    /// <summary>Labels of a slice, [H, W] as the network saw it, on the file's own grid.</summary>
    public ushort[] Return(ushort[] labels) =>
        _orientation is null ? labels : Orientation.Reorient(new LabelVolume(_turned, labels), _stored).Voxels;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
