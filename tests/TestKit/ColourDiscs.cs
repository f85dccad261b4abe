using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.TestKit;

/// <summary>Drawn pictures of reddish discs (lesions) on skin, beside blue discs of about the same grey value that are none: only colour tells them apart.</summary>
public static class ColourDiscs
{
    /// <summary>Rows of a picture.</summary>
    public const int Height = 28;

    /// <summary>Columns of a picture.</summary>
    public const int Width = 32;

    /// <summary>Writes images/p0.png or .jpg, labels/p0.png with 0 and 255, and so on; <paramref name="grey"/> writes colours of equal channels.</summary>
    /// <returns>The folder.</returns>
    public static string Write(string folder, int count, string ending = ".png", bool grey = false, int first = 0)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        for (var index = first; index < first + count; index++)
        {
            using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            var mask = new ushort[Height * Width];
            for (var pixel = 0; pixel < mask.Length; pixel++)
            {
                var (colour, lesion) = At(index, pixel / Width, pixel % Width);
                var value = (byte)(((colour.Red * 2) + (colour.Green * 3) + colour.Blue) / 6);
                bitmap.SetPixel(pixel % Width, pixel / Width, grey ? new SKColor(value, value, value) : colour);
                mask[pixel] = lesion ? (ushort)255 : (ushort)0;
            }
            File.WriteAllBytes(Path.Combine(folder, "images", $"p{index}{ending}"), bitmap.Encode(ending == ".png" ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, 100).ToArray());
            VolumeFile.Write(Path.Combine(folder, "labels", $"p{index}.png"), new LabelVolume(Geometry.Unplaced(1, Height, Width), mask));
        }
        return folder;
    }

    /// <summary>Writes the table of their masks: 255 is the class 1, lesion.</summary>
    /// <returns>The file.</returns>
    public static string WriteLabelTable(string path)
    {
        File.WriteAllText(path, """{ "name": "lesions", "classes": [{ "id": 1, "name": "lesion", "from": [255] }] }""");
        return path;
    }

    private static (SKColor Colour, bool Lesion) At(int index, int y, int x)
    {
        bool In(int cx, int cy) => ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) <= 30;
        var shade = (byte)((x + (3 * y) + index) % 6);
        return In(8 + (index % 4), 8 + (index % 3)) ? (new((byte)(150 + shade), 60, 40), true)
            : In(22 - (index % 3), 18 + (index % 4)) ? (new(40, 90, (byte)(170 + shade)), false)
            : (new((byte)(220 + shade), 180, (byte)(160 + shade)), false);
    }
}
