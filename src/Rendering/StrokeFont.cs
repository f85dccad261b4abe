using System.Text;
using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>A small built-in font of strokes with round ends, so that captions look the same on every machine, with or without installed fonts.</summary>
internal static class StrokeFont
{
    private const float CapitalHeight = 10;
    private const float Gap = 2.3f;
    private const float StrokeWidth = 1.15f;
    private const float BoldStrokeWidth = 1.6f;
    private const float RimWidth = 5;
    private const string Ellipsis = "...";

    private static readonly Dictionary<char, (float Width, SKPath Path)> Glyphs =
        StrokeGlyphs.All.ToDictionary(glyph => glyph.Key, glyph => (glyph.Value.Width, SKPath.ParseSvgPathData(glyph.Value.Path)));

    private static readonly (float Width, SKPath Path) Unknown = (StrokeGlyphs.Unknown.Width, SKPath.ParseSvgPathData(StrokeGlyphs.Unknown.Path));

    /// <summary>Width in pixels of <paramref name="text"/> whose capitals are <paramref name="height"/> pixels tall.</summary>
    public static float Measure(string text, float height) =>
        text.Length == 0 ? 0 : text.Sum(character => Find(character).Width + Gap) * (height / CapitalHeight);

    /// <summary>The text, or as much of its beginning as fits into <paramref name="width"/> pixels with "..." after it.</summary>
    public static string Fit(string text, float height, float width)
    {
        if (Measure(text, height) <= width)
        {
            return text;
        }
        var kept = new StringBuilder(text);
        while (kept.Length > 0 && Measure(kept + Ellipsis, height) > width)
        {
            kept.Length--;
        }
        return kept.ToString().TrimEnd() + Ellipsis;
    }

    /// <summary>Draws with the top of the capitals at <paramref name="top"/>, beginning at <paramref name="left"/>.</summary>
    public static void Draw(SKCanvas canvas, string text, float left, float top, float height, Rgb colour, bool bold = false)
    {
        using var paint = Pen(colour, bold ? BoldStrokeWidth : StrokeWidth);
        DrawPaths(canvas, text, left, top, height, paint);
    }

    /// <summary>As <see cref="Draw"/>, with a dark rim that keeps the text readable on any picture.</summary>
    public static void DrawRimmed(SKCanvas canvas, string text, float left, float top, float height, Rgb colour)
    {
        using (var rim = Pen(default, RimWidth))
        {
            DrawPaths(canvas, text, left, top, height, rim);
        }
        Draw(canvas, text, left, top, height, colour, bold: true);
    }

    private static SKPaint Pen(Rgb colour, float width) => new()
    {
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeWidth = width,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
        Color = new SKColor(colour.R, colour.G, colour.B),
    };

    private static void DrawPaths(SKCanvas canvas, string text, float left, float top, float height, SKPaint paint)
    {
        var scale = height / CapitalHeight;
        canvas.Save();
        canvas.Translate(left + (Gap * scale / 2), top);
        canvas.Scale(scale);
        foreach (var character in text)
        {
            var (width, path) = Find(character);
            canvas.DrawPath(path, paint);
            canvas.Translate(width + Gap, 0);
        }
        canvas.Restore();
    }

    private static (float Width, SKPath Path) Find(char character) => Glyphs.GetValueOrDefault(character, Unknown);
}
