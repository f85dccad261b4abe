using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging;

/// <summary>Arrays without geometry as volumes: (z, y, x), or (y, x) for one slice, spacing 1.</summary>
internal static class ArrayVolume
{
    public const string ImageName = "image", LabelName = "label";

    /// <summary>The grid of an array.</summary>
    /// <exception cref="VolumeFormatException">It has neither two nor three axes, or no voxels.</exception>
    public static Geometry GeometryOf(IReadOnlyList<int> shape, string path, string name)
    {
        if (shape.Count is < 2 or > 3 || shape.Any(size => size < 1) || shape.Aggregate(1.0, (total, size) => total * size) > Array.MaxLength)
        {
            throw new VolumeFormatException(path, $"shape of {name}", "(slices, rows, columns) or (rows, columns), all above 0", $"({string.Join(", ", shape)})");
        }
        return Geometry.Unplaced(shape.Count == 3 ? shape[0] : 1, shape[^2], shape[^1]);
    }

    /// <summary>An array as image.</summary>
    public static Volume<float> ToImage(Array data, IReadOnlyList<int> shape, string path, string name) =>
        new(GeometryOf(shape, path, name), Elements.ToSingle(data));

    /// <summary>An array as label map.</summary>
    public static LabelVolume ToLabels(Array data, IReadOnlyList<int> shape, string path, string name)
    {
        var geometry = GeometryOf(shape, path, name);
        return new LabelVolume(geometry, LabelConversion.ToLabels(data, geometry, path));
    }

    /// <summary>Image and labels as SAMed stores them: float32 under the two names; either may be left out.</summary>
    public static IEnumerable<KeyValuePair<string, NpyArray>> ToArrays(Volume<float>? image, LabelVolume? labels)
    {
        if (image is not null)
        {
            yield return KeyValuePair.Create(ImageName, NpyArray.Create(image.Voxels, ShapeOf(image.Geometry)));
        }
        if (labels is not null)
        {
            yield return KeyValuePair.Create(LabelName, NpyArray.Create(Array.ConvertAll(labels.Voxels, id => (float)id), ShapeOf(labels.Geometry)));
        }
    }

    /// <summary>(z, y, x).</summary>
    public static int[] ShapeOf(Geometry geometry) => [geometry.Depth, geometry.Height, geometry.Width];
}
