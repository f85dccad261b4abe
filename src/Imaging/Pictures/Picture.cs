namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>A decoded picture: samples as the file stores them.</summary>
/// <param name="Path">The file, for errors.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Planes">One plane [H, W] of grey values or palette indices, or three: red, green, blue.</param>
/// <param name="MaxSample">The sample that stands for white: 2^bits − 1.</param>
internal sealed record Picture(string Path, int Height, int Width, IReadOnlyList<ushort[]> Planes, int MaxSample)
{
    /// <summary>The most pixels of one picture: 16,384×16,384. A header of a few bytes can claim any size.</summary>
    public const long MaxPixels = 1L << 28;

    /// <summary>Opacity per pixel, 0..<see cref="MaxSample"/> (0..255 with a palette); null when every pixel is opaque by its format.</summary>
    public ushort[]? Alpha { get; init; }

    /// <summary>Red, green and blue of each index, 8 bit; null when samples are values themselves.</summary>
    public byte[]? Palette { get; init; }

    /// <summary>Refuses a size that no picture has.</summary>
    /// <exception cref="VolumeFormatException">A side is below 1, or there are too many pixels.</exception>
    public static void CheckSize(string path, long width, long height)
    {
        if (width < 1 || height < 1 || width > int.MaxValue || height > MaxPixels / width)
        {
            throw new VolumeFormatException(path, "size", $"at least 1x1 and at most {MaxPixels} pixels", $"{width}x{height}; reduce the picture or cut it into parts");
        }
    }
}
