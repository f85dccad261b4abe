using SAMed.MLNet.Imaging;
using SkiaSharp;

namespace SAMed.MLNet.Rendering.Tests;

/// <summary>A small volume with one rectangular organ off centre and a bright corner, so that every turn and flip of it differs.</summary>
internal sealed record Scene(Volume<float> Image, LabelVolume Labels)
{
    public static readonly LabelClass[] Classes = [new(1, "spleen"), new(5, "liver")];

    public const int Organ = 5;

    /// <summary>Voxels come from where they lie in the patient, so every affine describes the same body.</summary>
    public static Scene Placed(int depth, int height, int width, Affine affine)
    {
        var geometry = new Geometry(depth, height, width, affine);
        var (image, labels) = (new Volume<float>(geometry), new LabelVolume(geometry));
        for (var z = 0; z < depth; z++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var (right, front, _) = affine.Apply(x, y, z);
                    image[z, y, x] = (float)((10 * right) + (4 * front));
                    labels[z, y, x] = right > 2 && front > 4 && right < 12 && front < 14 ? (ushort)Organ : (ushort)0;
                }
            }
        }
        return new(image, labels);
    }

    public static SKBitmap Decode(string path)
    {
        using var stream = File.OpenRead(path);
        return SKBitmap.Decode(stream);
    }

    public static int CountColour(SKBitmap picture, Rgb colour) =>
        picture.Pixels.Count(pixel => (pixel.Red, pixel.Green, pixel.Blue) == (colour.R, colour.G, colour.B));
}
