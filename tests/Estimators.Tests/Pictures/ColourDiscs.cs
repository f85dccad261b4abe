using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Estimators.Tests.Pictures;

/// <summary>Drawn pictures of dark reddish discs on skin, beside blue ones of the same grey value that are no lesion: only colour tells them apart.</summary>
internal static class ColourDiscs
{
    public const int Height = 28, Width = 32;

    public static PreprocessingOptions Preprocessing { get; } = TinyRun.Preprocessing with { Channels = 3 };

    public static LabelTable Labels { get; } = LoadLabels();

    /// <summary>Writes images/NAME.png or .jpg and labels/NAME.png for pictures 0..count.</summary>
    public static string Write(string folder, int count, string ending = ".png", bool grey = false)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        for (var index = 0; index < count; index++)
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
            var encoding = ending == ".png" ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg;
            File.WriteAllBytes(Path.Combine(folder, "images", $"p{index}{ending}"), bitmap.Encode(encoding, 100).ToArray());
            VolumeFile.Write(Path.Combine(folder, "labels", $"p{index}.png"), new LabelVolume(Geometry.Unplaced(1, Height, Width), mask));
        }
        return folder;
    }

    /// <summary>The slices of such pictures, ready for training.</summary>
    public static IReadOnlyList<StoredSlice> Slices(int count)
    {
        using var folder = new TempFolder();
        return new SliceLoader(Labels, Preprocessing).Load(DataFolder.Find(Write(folder.Path, count)).Files);
    }

    private static LabelTable LoadLabels()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("lesion.json"), """{ "name": "lesion", "classes": [{ "id": 1, "name": "lesion", "from": [255] }] }""");
        return LabelTable.Load(folder.File("lesion.json"));
    }

    private static (SKColor Colour, bool Lesion) At(int index, int y, int x)
    {
        bool In(int cx, int cy) => ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) <= 30;
        var lesion = In(8 + (index % 4), 8 + (index % 3));
        var shade = (byte)((x + (3 * y) + index) % 6);
        return lesion ? (new((byte)(150 + shade), 60, 40), true)
            : In(22 - (index % 3), 18 + (index % 4)) ? (new(40, 90, (byte)(170 + shade)), false)
            : (new((byte)(220 + shade), 180, (byte)(160 + shade)), false);
    }
}
