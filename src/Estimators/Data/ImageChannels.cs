using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Brings an image to the number of channels that a model takes.</summary>
public static class ImageChannels
{
    /// <summary>Whether a model can take so many: 1 (grey) or 3 (red, green, blue).</summary>
    internal static bool IsPossible(int channels) => channels is 1 or 3;

    /// <summary>The channels that a model for these images needs: 3 when one of them is a picture in colour, else 1. Reads headers, and the pixels of pictures that are stored in
    /// colour until one of them shows some.</summary>
    /// <exception cref="VolumeFormatException">A file is damaged.</exception>
    public static int Detect(IEnumerable<string> imagePaths, CancellationToken cancellationToken = default) =>
        imagePaths.Any(path => IsColour(path, cancellationToken)) ? 3 : 1;

    /// <summary>The image as it is when it has as many channels as wanted; a grey one repeated for a model of three.</summary>
    /// <param name="channels">The image, as <see cref="VolumeFile.ReadChannels"/> reads it.</param>
    /// <param name="wanted">Channels of the model, <see cref="Inference.PreprocessingOptions.Channels"/>.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="VolumeFormatException">An image in colour for a model of one: what it would lose nobody has decided.</exception>
    public static IReadOnlyList<Volume<float>> Fit(IReadOnlyList<Volume<float>> channels, int wanted, string path) => channels.Count switch
    {
        var count when count == wanted => channels,
        1 => [.. Enumerable.Repeat(channels[0], wanted)],
        _ => throw new VolumeFormatException(path, "channels", "a grey image, which is what the model takes",
            "a picture in colour. Train a model for colour (samed train --channels rgb; Channels = 3 in PreprocessingOptions and SliceDataOptions), or make the picture grey first"),
    };

    private static bool IsColour(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return VolumeFile.IsPictureFile(path) && VolumeFile.IdentifyImage(path).ChannelCount > 1 && VolumeFile.ReadChannels(path).Count > 1;
    }

    /// <summary>Slice <paramref name="z"/> of every channel, [C, H, W].</summary>
    internal static float[] Slice(IReadOnlyList<Volume<float>> channels, int z)
    {
        var pixels = channels[0].Geometry.SliceLength;
        var slice = new float[channels.Count * pixels];
        for (var channel = 0; channel < channels.Count; channel++)
        {
            channels[channel].Slice(z).CopyTo(slice.AsSpan(channel * pixels));
        }
        return slice;
    }
}
