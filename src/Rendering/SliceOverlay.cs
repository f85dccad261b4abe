using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Rendering;

/// <summary>Draws one slice, enlarged by nearest neighbour, with regions filled and outlined in their classes' colours.</summary>
internal sealed class SliceOverlay
{
    private readonly OverlayOptions _options;
    private readonly SliceView _view;
    private readonly Volume<float> _image;

    public SliceOverlay(Volume<float> image, OverlayOptions options, int minPixels)
    {
        (_image, _options, _view) = (image, options, SliceView.Of(image.Geometry, options.Orientation));
        var (aspectX, aspectY) = (_view.PixelWidthMm, _view.PixelHeightMm);
        var unit = Math.Min(aspectX, aspectY);
        var longer = Math.Max(_view.Width * aspectX, _view.Height * aspectY) / unit;
        // Stops at nine tenths: a slice that is nearly large enough is not doubled.
        Scale = Math.Max(1, (int)Math.Ceiling(0.9 * minPixels / longer));
        Width = (int)Math.Round(_view.Width * Scale * aspectX / unit);
        Height = (int)Math.Round(_view.Height * Scale * aspectY / unit);
        LineWidth = Math.Max(1, (int)Math.Round(Math.Max(Width, Height) / 300.0));
    }

    /// <summary>Picture pixels per voxel along the finer axis.</summary>
    public int Scale { get; }

    /// <summary>Width of the picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the picture in pixels.</summary>
    public int Height { get; }

    /// <summary>The patient's side at each edge, or null.</summary>
    public (char Left, char Right, char Top, char Bottom)? Sides => _view.Sides;

    private int LineWidth { get; }

    /// <summary>Draws slice <paramref name="z"/>: regions of <paramref name="filled"/> tinted, regions of <paramref name="outlined"/> with a line along their inner edge.</summary>
    public SKBitmap Draw(int z, LabelVolume? filled, LabelVolume? outlined)
    {
        var grey = _image.Slice(z);
        var fill = filled is null ? [] : filled.Slice(z);
        var line = outlined is null ? [] : outlined.Slice(z);
        var pixels = new SKColor[Width * Height];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var index = Source(x, y);
                var colour = Grey(grey[index]);
                if (!fill.IsEmpty && fill[index] != 0)
                {
                    colour = colour.Mix(OrganPalette.Of(fill[index]), _options.Opacity);
                }
                if (!line.IsEmpty && line[index] != 0 && IsEdge(line, x, y, line[index]))
                {
                    colour = OrganPalette.Of(line[index]);
                }
                pixels[(y * Width) + x] = new SKColor(colour.R, colour.G, colour.B);
            }
        }
        return new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque) { Pixels = pixels };
    }

    private int Source(int x, int y) => _view.Index((int)((long)x * _view.Width / Width), (int)((long)y * _view.Height / Height));

    private Rgb Grey(float value)
    {
        var share = (value - _options.WindowMin) / (_options.WindowMax - _options.WindowMin);
        var level = float.IsNaN(share) ? (byte)0 : (byte)Math.Round(Math.Clamp(share, 0, 1) * 255);
        return new(level, level, level);
    }

    /// <summary>Whether a pixel of another class, or the picture's border, lies within a line's width.</summary>
    private bool IsEdge(ReadOnlySpan<ushort> labels, int x, int y, ushort label)
    {
        for (var dy = -LineWidth; dy <= LineWidth; dy += LineWidth)
        {
            for (var dx = -LineWidth; dx <= LineWidth; dx += LineWidth)
            {
                var (nearX, nearY) = (x + dx, y + dy);
                if (nearX < 0 || nearX >= Width || nearY < 0 || nearY >= Height || labels[Source(nearX, nearY)] != label)
                {
                    return true;
                }
            }
        }
        return false;
    }
}
