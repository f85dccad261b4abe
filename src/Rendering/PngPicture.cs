using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>Encodes a drawing as PNG.</summary>
internal static class PngPicture
{
    /// <summary>Draws on an opaque canvas of the theme's background and gives the bytes of the file.</summary>
    public static byte[] Encode(int width, int height, Action<SKCanvas> draw)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor(Theme.Background.R, Theme.Background.G, Theme.Background.B));
            draw(canvas);
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
