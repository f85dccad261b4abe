using System.Globalization;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Rendering;

/// <summary>Draws PNG pictures of label maps over CT slices: one slice side by side, or a montage of slices.
/// Slices are those of the volume's last voxel axis (k), shown as <see cref="OverlayOptions.Orientation"/> says and in their physical proportions.</summary>
public static class OverlayRenderer
{
    private const int FullLegend = 16;
    private const int MontageShrink = 2;

    /// <summary>Draws one slice as image | reference | prediction, regions tinted and outlined; a label map that is null is left out.</summary>
    /// <param name="options">How to draw.</param>
    /// <param name="image">[D, H, W], in the units of the options' window.</param>
    /// <param name="prediction">[D, H, W] on the image's grid, or null.</param>
    /// <param name="reference">[D, H, W] on the image's grid, or null.</param>
    /// <param name="classes">Classes of the legend. Of more than 16 only those that the picture shows are listed.</param>
    /// <returns>The bytes of a PNG file, for instance for a notebook or a web page.</returns>
    /// <exception cref="ArgumentException">The options are out of range, or the grids differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The options' slice is not in the volume.</exception>
    public static byte[] RenderPng(
        OverlayOptions options, Volume<float> image, LabelVolume? prediction, LabelVolume? reference, IReadOnlyList<LabelClass> classes)
    {
        Check(options, image, prediction, reference);
        var shown = reference ?? prediction;
        var z = options.Slice ?? (shown is null ? image.Geometry.Depth / 2 : SliceChoice.Best(shown));
        if (z < 0 || z >= image.Geometry.Depth)
        {
            throw new ArgumentOutOfRangeException(nameof(options), z, $"The volume has slices 0..{image.Geometry.Depth - 1}, asked for {z}.");
        }
        var panels = new List<SlicePanel> { new("Image", z, null, null) };
        if (reference is not null)
        {
            panels.Add(new("Reference", z, reference, reference));
        }
        if (prediction is not null)
        {
            panels.Add(new("Prediction", z, prediction, prediction));
        }
        return new Figure
        {
            Caption = Caption(options, image.Geometry.Depth == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"slice {z} (0 to {image.Geometry.Depth - 1})")),
            Detail = Window(options),
            Overlay = new SliceOverlay(image, options, options.MinPanelPixels),
            Panels = panels,
            Columns = panels.Count,
            Classes = LegendClasses(options, classes, [z], prediction, reference),
        }.ToPng();
    }

    /// <summary>Writes what <see cref="RenderPng"/> draws to a file, which appears whole or not at all.</summary>
    /// <param name="path">PNG file; its folder is made when absent.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="image">[D, H, W], in the units of the options' window.</param>
    /// <param name="prediction">[D, H, W] on the image's grid, or null.</param>
    /// <param name="reference">[D, H, W] on the image's grid, or null.</param>
    /// <param name="classes">Classes of the legend. Of more than 16 only those that the picture shows are listed.</param>
    /// <exception cref="ArgumentException">The options are out of range, or the grids differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The options' slice is not in the volume.</exception>
    public static void WritePng(
        string path, OverlayOptions options, Volume<float> image, LabelVolume? prediction, LabelVolume? reference, IReadOnlyList<LabelClass> classes) =>
        Write(path, RenderPng(options, image, prediction, reference, classes));

    /// <summary>Draws <paramref name="count"/> slices in a grid: spread over the organs (of the reference, or of the prediction when there is none), from every part the slice with most
    /// organ voxels. The prediction is tinted; the reference is drawn as outlines, and without one the prediction is outlined too.</summary>
    /// <param name="options">How to draw; its slice is not used and pictures are half as large.</param>
    /// <param name="count">Number of slices, at least 1; fewer are drawn when the volume has fewer.</param>
    /// <param name="image">[D, H, W], in the units of the options' window.</param>
    /// <param name="prediction">[D, H, W] on the image's grid.</param>
    /// <param name="reference">[D, H, W] on the image's grid, or null.</param>
    /// <param name="classes">Classes of the legend. Of more than 16 only those that the picture shows are listed.</param>
    /// <returns>The bytes of a PNG file.</returns>
    /// <exception cref="ArgumentException">The options are out of range, or the grids differ.</exception>
    public static byte[] RenderMontagePng(
        OverlayOptions options, int count, Volume<float> image, LabelVolume prediction, LabelVolume? reference, IReadOnlyList<LabelClass> classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Check(options, image, prediction, reference);
        var slices = SliceChoice.Spread(reference ?? prediction, count);
        return new Figure
        {
            Caption = Caption(options, reference is null ? "prediction" : "fill: prediction, line: reference"),
            Detail = Window(options),
            Overlay = new SliceOverlay(image, options, Math.Max(32, options.MinPanelPixels / MontageShrink)),
            Panels = [.. slices.Select(z => new SlicePanel(string.Create(CultureInfo.InvariantCulture, $"slice {z}"), z, prediction, reference ?? prediction))],
            Columns = (int)Math.Ceiling(Math.Sqrt(slices.Count)),
            Classes = LegendClasses(options, classes, slices, prediction, reference),
        }.ToPng();
    }

    /// <summary>Writes what <see cref="RenderMontagePng"/> draws to a file, which appears whole or not at all.</summary>
    /// <param name="path">PNG file; its folder is made when absent.</param>
    /// <param name="options">How to draw; its slice is not used and pictures are half as large.</param>
    /// <param name="count">Number of slices, at least 1; fewer are drawn when the volume has fewer.</param>
    /// <param name="image">[D, H, W], in the units of the options' window.</param>
    /// <param name="prediction">[D, H, W] on the image's grid.</param>
    /// <param name="reference">[D, H, W] on the image's grid, or null.</param>
    /// <param name="classes">Classes of the legend. Of more than 16 only those that the picture shows are listed.</param>
    /// <exception cref="ArgumentException">The options are out of range, or the grids differ.</exception>
    public static void WriteMontagePng(
        string path, OverlayOptions options, int count, Volume<float> image, LabelVolume prediction, LabelVolume? reference, IReadOnlyList<LabelClass> classes) =>
        Write(path, RenderMontagePng(options, count, image, prediction, reference, classes));

    private static void Write(string path, byte[] png) => AtomicFile.Write(path, stream => stream.Write(png));

    private static void Check(OverlayOptions options, Volume<float> image, LabelVolume? prediction, LabelVolume? reference)
    {
        options.Validate();
        foreach (var (labels, name) in new[] { (prediction, nameof(prediction)), (reference, nameof(reference)) })
        {
            if (labels is not null && !labels.Geometry.Matches(image.Geometry))
            {
                throw new ArgumentException($"The {name} must lie on the image's grid. Image: {image.Geometry}; {name}: {labels.Geometry}.", name);
            }
        }
    }

    private static string Caption(OverlayOptions options, string what) => string.Join(" · ", new[] { options.Case, what }.Where(part => part.Length > 0));

    private static string Window(OverlayOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"window {options.WindowMin:0.###} to {options.WindowMax:0.###}");

    private static IReadOnlyList<LabelClass> LegendClasses(
        OverlayOptions options, IReadOnlyList<LabelClass> classes, IReadOnlyList<int> slices, LabelVolume? prediction, LabelVolume? reference)
    {
        if (!options.Legend)
        {
            return [];
        }
        if (classes.Count <= FullLegend)
        {
            return classes;
        }
        var shown = new HashSet<int>();
        foreach (var z in slices)
        {
            AddLabels(prediction, z, shown);
            AddLabels(reference, z, shown);
        }
        return [.. classes.Where(c => shown.Contains(c.Id))];
    }

    private static void AddLabels(LabelVolume? labels, int z, HashSet<int> shown)
    {
        foreach (var label in labels is null ? [] : labels.Slice(z))
        {
            shown.Add(label);
        }
    }
}
