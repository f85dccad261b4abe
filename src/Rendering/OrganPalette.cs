namespace SAMed.MLNet.Rendering;

/// <summary>The one palette of the project: a colour for every class id.
/// Ids 1..7 are Okabe and Ito's seven colours ("Color Universal Design", 2008), told apart with every common colour vision deficiency; id 8 replaces their black, which CT
/// hides, with violet. Later ids walk round the hue circle by the golden angle at changing lightness.</summary>
public static class OrganPalette
{
    /// <summary>Number of different colours; larger ids begin again.</summary>
    public const int ColourCount = 255;

    private const double GoldenAngleDegrees = 137.50776405003785;

    private static readonly Rgb[] Base =
    [
        new(0xE6, 0x9F, 0x00), new(0x56, 0xB4, 0xE9), new(0x00, 0x9E, 0x73), new(0xF0, 0xE4, 0x42),
        new(0x00, 0x72, 0xB2), new(0xD5, 0x5E, 0x00), new(0xCC, 0x79, 0xA7), new(0x66, 0x33, 0xFF),
    ];

    private static readonly double[] Lightness = [0.80, 0.62, 0.90, 0.70, 0.54];

    private static readonly Rgb[] Colours = [.. Enumerable.Range(0, ColourCount).Select(i => i < Base.Length ? Base[i] : Generate(i - Base.Length))];

    /// <summary>The colour of class <paramref name="id"/>, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is 0 (background has no colour) or negative.</exception>
    public static Rgb Of(int id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        return Colours[(id - 1) % ColourCount];
    }

    private static Rgb Generate(int i)
    {
        var hue = (20 + (i * GoldenAngleDegrees)) * (Math.PI / 180);
        var lightness = Lightness[i % Lightness.Length];
        var chroma = i / Lightness.Length % 2 == 0 ? 0.16 : 0.10;
        return FromOklab(lightness, chroma * Math.Cos(hue), chroma * Math.Sin(hue));
    }

    /// <summary>Oklab to sRGB (Ottosson, "A perceptual color space for image processing", 2020), clipped to the gamut.</summary>
    private static Rgb FromOklab(double lightness, double a, double b)
    {
        var l = Cube(lightness + (0.3963377774 * a) + (0.2158037573 * b));
        var m = Cube(lightness - (0.1055613458 * a) - (0.0638541728 * b));
        var s = Cube(lightness - (0.0894841775 * a) - (1.2914855480 * b));
        return new(
            Encode((4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s)),
            Encode((-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s)),
            Encode((-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s)));
    }

    private static double Cube(double value) => value * value * value;

    private static byte Encode(double linear)
    {
        var clipped = Math.Clamp(linear, 0, 1);
        var gamma = clipped <= 0.0031308 ? 12.92 * clipped : (1.055 * Math.Pow(clipped, 1 / 2.4)) - 0.055;
        return (byte)Math.Round(gamma * 255);
    }
}
