using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Rendering;

/// <summary>How the pixels of a picture map onto a slice [H, W] of a volume: a transposition and flips, and the size of a pixel.</summary>
internal sealed class SliceView
{
    private readonly int _start;
    private readonly int _right;
    private readonly int _down;

    private SliceView(Geometry geometry, bool transposed, bool flipX, bool flipY)
    {
        var (strideX, strideY) = transposed ? (geometry.Width, 1) : (1, geometry.Width);
        (Width, Height) = transposed ? (geometry.Height, geometry.Width) : (geometry.Width, geometry.Height);
        (_right, _down) = (flipX ? -strideX : strideX, flipY ? -strideY : strideY);
        _start = (flipX ? (Width - 1) * strideX : 0) + (flipY ? (Height - 1) * strideY : 0);
        var (stepI, stepJ, _) = geometry.SpacingMm;
        (PixelWidthMm, PixelHeightMm) = transposed ? (stepJ, stepI) : (stepI, stepJ);
    }

    /// <summary>Pixels per row of the picture, before enlargement.</summary>
    public int Width { get; }

    /// <summary>Rows of the picture, before enlargement.</summary>
    public int Height { get; }

    /// <summary>Distance between neighbouring columns in mm.</summary>
    public double PixelWidthMm { get; }

    /// <summary>Distance between neighbouring rows in mm.</summary>
    public double PixelHeightMm { get; }

    /// <summary>The patient's side at the left, right, top and bottom edge, as letters R L A P S I; null when the slice is shown as stored.</summary>
    public (char Left, char Right, char Top, char Bottom)? Sides { get; private init; }

    /// <summary>Index into the slice [H, W] of the picture's column <paramref name="x"/> and row <paramref name="y"/>.</summary>
    public int Index(int x, int y) => _start + (x * _right) + (y * _down);

    /// <summary>The view of every slice of a volume.</summary>
    public static SliceView Of(Geometry geometry, DisplayOrientation orientation)
    {
        if (orientation == DisplayOrientation.AsStored || (orientation == DisplayOrientation.Auto && !IsPlaced(geometry)))
        {
            return new(geometry, transposed: false, flipX: false, flipY: false);
        }
        var codes = Orientation.Of(geometry.Affine);
        // Head-foot stands upright; failing that, front-back does.
        var transposed = Rank(codes[0]) > Rank(codes[1]);
        var (across, along) = transposed ? (codes[1], codes[0]) : (codes[0], codes[1]);
        var (right, bottom) = (Shown(across), Shown(along));
        return new(geometry, transposed, flipX: across != right, flipY: along != bottom) { Sides = (Opposite(right), right, Opposite(bottom), bottom) };
    }

    /// <summary>Whether the affine says more than a spacing.</summary>
    private static bool IsPlaced(Geometry geometry)
    {
        var affine = geometry.Affine;
        return affine != Affine.Diagonal(affine.M00, affine.M11, affine.M22) || affine.M00 < 0 || affine.M11 < 0 || affine.M22 < 0;
    }

    private static int Rank(char code) => code switch { 'R' or 'L' => 0, 'A' or 'P' => 1, _ => 2 };

    /// <summary>The direction that the picture's columns (or rows) run to on this axis.</summary>
    private static char Shown(char code) => code switch { 'R' or 'L' => 'L', 'A' or 'P' => 'P', _ => 'I' };

    private static char Opposite(char code) => code switch { 'L' => 'R', 'P' => 'A', _ => 'S' };
}
