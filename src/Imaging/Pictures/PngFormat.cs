using System.Buffers.Binary;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>PNG in the table of formats. It is read here and not by a drawing library, because those bring 16 bit to 8, palettes to colours and colours to a profile.</summary>
internal sealed class PngFormat : PictureFormat
{
    public override IReadOnlyList<string> Extensions { get; } = [".png"];

    public override bool Matches(ReadOnlySpan<byte> start) => start.StartsWith(PngChunks.Signature);

    public override VolumeInfo Identify(string path)
    {
        var chunks = PngChunks.Read(path, withData: false);
        var header = chunks.Header;
        var isColour = header.Color is PngColor.Rgb or PngColor.Rgba
            || (chunks.Palette is { } palette && palette.Chunk(3).Any(colour => colour[0] != colour[1] || colour[0] != colour[2]));
        return Describe(path, "PNG", header.Height, header.Width, isColour ? 3 : 1, $"uint{header.BitDepth}") with { Description = chunks.Description, LittleEndian = false };
    }

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description) => PngWriter.Write(path, image, storage, description);

    public override void Write(string path, LabelVolume labels, string description) => PngWriter.Write(path, labels, description);

    protected override Picture Read(string path)
    {
        var chunks = PngChunks.Read(path, withData: true);
        var header = chunks.Header;
        var samples = PngPixels.Decode(chunks, path);
        var hasAlpha = header.Color is PngColor.GreyAlpha or PngColor.Rgba;
        return new(path, header.Height, header.Width, hasAlpha ? samples[..^1] : samples, header.MaxSample)
        {
            Palette = header.Color == PngColor.Palette ? chunks.Palette : null,
            Alpha = hasAlpha ? samples[^1] : AlphaOf(chunks, samples),
        };
    }

    /// <summary>What the tRNS chunk makes transparent: indices of a palette, or one colour.</summary>
    private static ushort[]? AlphaOf(PngChunks chunks, ushort[][] samples)
    {
        if (chunks.Transparency is not { } transparency)
        {
            return null;
        }
        if (chunks.Header.Color == PngColor.Palette)
        {
            return Array.ConvertAll(samples[0], index => index < transparency.Length ? transparency[index] : (ushort)byte.MaxValue);
        }
        var opaque = (ushort)chunks.Header.MaxSample;
        return transparency.Length != 2 * samples.Length ? null : [.. Enumerable.Range(0, samples[0].Length).Select(pixel =>
            Enumerable.Range(0, samples.Length).All(plane => samples[plane][pixel] == BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2 * plane))) ? (ushort)0 : opaque)];
    }
}
