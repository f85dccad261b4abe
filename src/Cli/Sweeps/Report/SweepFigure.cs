using System.Text.RegularExpressions;
using SAMed.MLNet.Shared;
using ScottPlot;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>One plot of a sweep.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="Caption">What it shows, in a sentence.</param>
/// <param name="Plot">The plot.</param>
internal sealed partial record SweepFigure(string Name, string Caption, Plot Plot)
{
    private const int Width = 760, Height = 460;

    /// <summary>Writes <c>NAME.png</c> (twice the size of the SVG, for print) and <c>NAME.svg</c>.</summary>
    public void Save(string folder)
    {
        var picture = Plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
        AtomicFile.Write(Path.Combine(folder, Name + ".png"), stream => stream.Write(picture));
        AtomicFile.WriteText(Path.Combine(folder, Name + ".svg"), Svg());
    }

    /// <summary>The SVG element alone, with names that no other figure of the same page has.</summary>
    public string Inline()
    {
        var svg = Svg();
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        svg = Names().Replace(svg, match => $"{match.Groups[1].Value}{Name}-");
        // The page gives it the width that there is.
        return Size().Replace(svg, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\"", 1);
    }

    // Machines without the font take another of its kind.
    private string Svg() => Fonts().Replace(Plot.GetSvgXml(Width, Height), "font-family=\"$1, sans-serif\"");

    [GeneratedRegex("font-family=\"([^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Fonts();

    [GeneratedRegex("( id=\"|url\\(#|href=\"#)", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    [GeneratedRegex("<svg(?: width=\"[^\"]*\"| height=\"[^\"]*\")*", RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
