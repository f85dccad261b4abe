namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>What the samples of a picture mean, as an image and as a mask.</summary>
internal static class PictureValues
{
    /// <summary>Intensities in 0..1, one plane for grey and three for colour. A colour picture whose three planes are equal is a grey one.</summary>
    /// <exception cref="VolumeFormatException">A pixel is transparent: what it looks like depends on what lies behind it.</exception>
    public static IReadOnlyList<Volume<float>> ToChannels(Picture picture)
    {
        RequireOpaque(picture);
        var (planes, max) = picture.Palette is { } palette ? (Expand(picture, palette), byte.MaxValue) : (picture.Planes, picture.MaxSample);
        var geometry = Geometry.Unplaced(1, picture.Height, picture.Width);
        return [.. (AreEqual(planes) ? planes.Take(1) : planes).Select(plane => new Volume<float>(geometry, Array.ConvertAll(plane, sample => sample / (float)max)))];
    }

    /// <summary>Ids: the grey value as stored (a 1-bit mask holds 0 and 1), the index of a coloured palette.</summary>
    /// <exception cref="VolumeFormatException">The mask has colours, which say no ids, or transparent pixels.</exception>
    public static LabelVolume ToLabels(Picture picture)
    {
        var geometry = Geometry.Unplaced(1, picture.Height, picture.Width);
        if (picture.Palette is { } palette)
        {
            // How a palette shows an index, and how transparently, is for the eye; but a palette of greys says what the grey values are.
            var grey = Enumerable.Range(0, palette.Length / 3).All(index => palette[3 * index] == palette[(3 * index) + 1] && palette[3 * index] == palette[(3 * index) + 2]);
            return new(geometry, grey ? Expand(picture, palette)[0] : picture.Planes[0]);
        }
        RequireOpaque(picture);
        return AreEqual(picture.Planes) ? new(geometry, picture.Planes[0]) : throw new VolumeFormatException(picture.Path, "mask",
            "grey values that are the ids (8 or 16 bit), or a palette whose indices are", $"colours ({Examples(picture)}); write each colour as an id, or store the mask with a palette");
    }

    private static void RequireOpaque(Picture picture)
    {
        var opaque = picture.Palette is null ? picture.MaxSample : byte.MaxValue;
        if (picture.Alpha?.Count(alpha => alpha != opaque) is { } transparent and > 0)
        {
            throw new VolumeFormatException(picture.Path, "transparency", "an opaque picture",
                $"{transparent} of {picture.Alpha.Length} pixels that are not opaque; flatten the picture onto the background that is meant");
        }
    }

    private static ushort[][] Expand(Picture picture, byte[] palette)
    {
        var indices = picture.Planes[0];
        var largest = indices.Max();
        return 3 * largest < palette.Length
            ? [.. Enumerable.Range(0, 3).Select(channel => Array.ConvertAll(indices, index => (ushort)palette[(3 * index) + channel]))]
            : throw new VolumeFormatException(picture.Path, "palette", $"indices below its {palette.Length / 3} colours", $"the index {largest}");
    }

    private static bool AreEqual(IReadOnlyList<ushort[]> planes) =>
        planes.Count == 1 || (planes[0].AsSpan().SequenceEqual(planes[1]) && planes[0].AsSpan().SequenceEqual(planes[2]));

    private static string Examples(Picture picture)
    {
        var colours = Enumerable.Range(0, picture.Planes[0].Length).Select(pixel => (R: picture.Planes[0][pixel], G: picture.Planes[1][pixel], B: picture.Planes[2][pixel]));
        return string.Join(", ", colours.Distinct().Take(5).Select(colour => FormattableString.Invariant($"({colour.R}, {colour.G}, {colour.B})"))) + ", …";
    }
}
