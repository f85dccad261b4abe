using SAMed.MLNet.Shared;
using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>Writes a drawing as PNG, beside its destination and then renamed.</summary>
internal static class PngFile
{
    /// <summary>Draws on an opaque canvas of the theme's background and writes it.</summary>
    public static void Write(string path, int width, int height, Action<SKCanvas> draw)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor(Theme.Background.R, Theme.Background.G, Theme.Background.B));
            draw(canvas);
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, data.SaveTo);
    }
}
