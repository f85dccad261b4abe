using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>Class names with their colours, in as many columns as the figure's width takes.</summary>
internal sealed class Legend
{
    private const int Swatch = 14;
    private const int SwatchGap = 8;
    private const int ColumnGap = 24;
    private const int RowHeight = 24;

    private readonly IReadOnlyList<LabelClass> _classes;
    private readonly int _columns;
    private readonly float _columnWidth;

    public Legend(IReadOnlyList<LabelClass> classes, int width)
    {
        _classes = classes;
        var widest = classes.Count == 0 ? 0 : classes.Max(c => StrokeFont.Measure(c.Name, Theme.LegendHeight));
        _columnWidth = Math.Min(width, Swatch + SwatchGap + widest + ColumnGap);
        _columns = Math.Max(1, (int)((width + ColumnGap) / _columnWidth));
    }

    /// <summary>Height in pixels, 0 without classes.</summary>
    public int Height => (_classes.Count + _columns - 1) / _columns * RowHeight;

    /// <summary>Draws with the first row's top at <paramref name="top"/>.</summary>
    public void Draw(SKCanvas canvas, float left, float top)
    {
        using var paint = new SKPaint { IsAntialias = true };
        for (var i = 0; i < _classes.Count; i++)
        {
            var (x, y) = (left + (i % _columns * _columnWidth), top + (i / _columns * RowHeight));
            var colour = OrganPalette.Of(_classes[i].Id);
            paint.Color = new SKColor(colour.R, colour.G, colour.B);
            canvas.DrawRoundRect(x, y + ((RowHeight - Swatch) / 2f), Swatch, Swatch, 3, 3, paint);
            var name = StrokeFont.Fit(_classes[i].Name, Theme.LegendHeight, _columnWidth - Swatch - SwatchGap);
            StrokeFont.Draw(canvas, name, x + Swatch + SwatchGap, y + ((RowHeight - Theme.LegendHeight) / 2), Theme.LegendHeight, Theme.Text);
        }
    }
}
