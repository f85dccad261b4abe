using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Rendering;

/// <summary>Lays out panels of one size in rows, with a caption above and a legend below, and encodes the whole as PNG.</summary>
internal sealed class Figure
{
    private const int CaptionSpace = 30;
    private const int LegendGap = 12;

    /// <summary>Left part of the caption.</summary>
    public required string Caption { get; init; }

    /// <summary>Right part of the caption, in a quieter colour.</summary>
    public required string Detail { get; init; }

    /// <summary>Draws every panel's slice.</summary>
    public required SliceOverlay Overlay { get; init; }

    /// <summary>The panels, row by row.</summary>
    public required IReadOnlyList<SlicePanel> Panels { get; init; }

    /// <summary>Panels per row.</summary>
    public required int Columns { get; init; }

    /// <summary>Entries of the legend; empty for none.</summary>
    public required IReadOnlyList<LabelClass> Classes { get; init; }

    /// <summary>Draws the figure and gives the bytes of the PNG file.</summary>
    public byte[] ToPng()
    {
        var (stepX, stepY) = (Overlay.Width + Theme.PanelGap, Overlay.Height + SlicePanel.TitleSpace + Theme.PanelGap);
        var rows = (Panels.Count + Columns - 1) / Columns;
        var innerWidth = (Columns * stepX) - Theme.PanelGap;
        var legend = new Legend(Classes, innerWidth);
        var panelsTop = Theme.Margin + CaptionSpace;
        var panelsBottom = panelsTop + (rows * stepY) - Theme.PanelGap;
        var height = panelsBottom + (legend.Height > 0 ? LegendGap + legend.Height : 0) + Theme.Margin;
        return PngPicture.Encode(innerWidth + (2 * Theme.Margin), height, canvas =>
        {
            DrawCaption(canvas, innerWidth);
            for (var i = 0; i < Panels.Count; i++)
            {
                Panels[i].Draw(canvas, Overlay, Theme.Margin + (i % Columns * stepX), panelsTop + (i / Columns * stepY));
            }
            legend.Draw(canvas, Theme.Margin, panelsBottom + LegendGap);
        });
    }

    private void DrawCaption(SkiaSharp.SKCanvas canvas, int width)
    {
        var caption = StrokeFont.Fit(Caption, Theme.CaptionHeight, width);
        StrokeFont.Draw(canvas, caption, Theme.Margin, Theme.Margin, Theme.CaptionHeight, Theme.Text, bold: true);
        var free = width - StrokeFont.Measure(caption, Theme.CaptionHeight) - Theme.Margin;
        if (StrokeFont.Measure(Detail, Theme.TitleHeight) is var wanted && wanted <= free)
        {
            var top = Theme.Margin + Theme.CaptionHeight - Theme.TitleHeight;
            StrokeFont.Draw(canvas, Detail, Theme.Margin + width - wanted, top, Theme.TitleHeight, Theme.QuietText);
        }
    }
}
