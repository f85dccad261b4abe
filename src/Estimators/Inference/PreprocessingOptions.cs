using System.Text.Json.Serialization;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>The way of a slice from the file to the network. Training and prediction walk it with the same options.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>The largest side of a slice on its way, in pixels: 32,768, beyond which the pixels of a slice cannot be numbered.</summary>
    public const int MaxSize = 32_768;

    /// <summary>Side S of the square that the network sees, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of the smaller square that a slice passes on its way (the reference trains at 224 and enlarges to 512), or null to go straight to <see cref="ImageSize"/>.</summary>
    public int? InputSize { get; init; }

    /// <summary>Channels C of an image: 1 for grey (the default, as in CT), 3 for pictures in colour. A grey image is repeated for a model of 3, and a picture in colour is refused
    /// by a model of 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Lower end of the intensity window (HU for CT), or null with <see cref="WindowMax"/> when the images are in [0, 1] already.</summary>
    public float? WindowMin { get; init; }

    /// <summary>Upper end of the intensity window.</summary>
    public float? WindowMax { get; init; }

    /// <summary>Whether the window also applies to files without a geometry (npz, npy, h5). By default their intensities are taken to be in [0, 1], as in the reference's data.</summary>
    public bool WindowArrays { get; init; }

    /// <summary>Edge rule of the resizing; <see cref="ZoomEdge.Paper"/> has the reference's zero last row and column. Default <see cref="ZoomEdge.Exact"/>.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<ZoomEdge>))]
    public ZoomEdge ZoomEdge { get; init; } = ZoomEdge.Exact;

    /// <summary>Axis codes that volumes with a known geometry are brought to before slicing, for instance <c>RAS</c>; null slices them as stored, as the reference does.
    /// The prediction always goes back to the file's own orientation.</summary>
    public string? Orientation { get; init; }

    /// <summary>The published CT window, −125 to 275 HU.</summary>
    public static (float Min, float Max) PublishedWindow => (-125, 275);

    /// <summary>The options for one file: without a window where the window does not apply. Training and prediction both decide here.</summary>
    public PreprocessingOptions ForFile(bool hasGeometry) => hasGeometry || WindowArrays ? this : this with { WindowMin = null, WindowMax = null };

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (ImageSize is < 1 or > MaxSize)
        {
            faults.Add($"ImageSize must be 1 to {MaxSize}, got {ImageSize}");
        }
        if (InputSize is < 1 or > MaxSize)
        {
            faults.Add($"InputSize must be 1 to {MaxSize}, got {InputSize}");
        }
        if (!ImageChannels.IsPossible(Channels))
        {
            faults.Add($"Channels must be 1 (grey) or 3 (colour), got {Channels}");
        }
        if (WindowMin.HasValue != WindowMax.HasValue || WindowMin >= WindowMax)
        {
            faults.Add($"the window needs a lower end below its upper end, got {WindowMin} to {WindowMax}");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Preprocessing options: {string.Join("; ", faults)}.");
        }
    }
}
