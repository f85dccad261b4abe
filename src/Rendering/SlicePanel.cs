using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>One picture of a figure: a title line and below it the framed slice with the patient's sides at its edges.</summary>
/// <param name="Title">Text above the picture.</param>
/// <param name="Z">The slice.</param>
/// <param name="Filled">Label map whose regions are tinted, or null.</param>
/// <param name="Outlined">Label map whose regions are outlined, or null.</param>
internal sealed record SlicePanel(string Title, int Z, LabelVolume? Filled, LabelVolume? Outlined)
{
    /// <summary>Height of the title line.</summary>
    public const int TitleSpace = 26;

    private const int SideInset = 6;

    /// <summary>Draws the panel with its upper left corner at the given place.</summary>
    public void Draw(SKCanvas canvas, SliceOverlay overlay, float left, float top)
    {
        StrokeFont.Draw(canvas, StrokeFont.Fit(Title, Theme.TitleHeight, overlay.Width), left, top + 5, Theme.TitleHeight, Theme.Text, bold: true);
        var y = top + TitleSpace;
        using (var picture = overlay.Draw(Z, Filled, Outlined))
        {
            canvas.DrawBitmap(picture, left, y);
        }
        using var frame = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = 1, Color = new SKColor(Theme.Frame.R, Theme.Frame.G, Theme.Frame.B) };
        canvas.DrawRect(left - 0.5f, y - 0.5f, overlay.Width + 1, overlay.Height + 1, frame);
        if (overlay.Sides is { } sides)
        {
            DrawSides(canvas, overlay, sides, left, y);
        }
    }

    private static void DrawSides(SKCanvas canvas, SliceOverlay overlay, (char Left, char Right, char Top, char Bottom) sides, float left, float top)
    {
        var (middleX, middleY) = (left + (overlay.Width / 2f), top + (overlay.Height / 2f) - (Theme.SideHeight / 2));
        Letter(sides.Left, left + SideInset, middleY, 0);
        Letter(sides.Right, left + overlay.Width - SideInset, middleY, 1);
        Letter(sides.Top, middleX, top + SideInset, 0.5f);
        Letter(sides.Bottom, middleX, top + overlay.Height - SideInset - Theme.SideHeight, 0.5f);

        void Letter(char side, float x, float y, float alignment)
        {
            var text = side.ToString();
            StrokeFont.DrawRimmed(canvas, text, x - (alignment * StrokeFont.Measure(text, Theme.SideHeight)), y, Theme.SideHeight, Theme.Text);
        }
    }
}
