using System.Globalization;

namespace SAMed.MLNet.Rendering;

/// <summary>An opaque colour, sRGB, 0..255 per channel.</summary>
/// <param name="R">Red.</param><param name="G">Green.</param><param name="B">Blue.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>As "#RRGGBB".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{R:X2}{G:X2}{B:X2}");

    /// <summary>This colour, or <paramref name="other"/> in proportion <paramref name="share"/> (0..1), mixed channel by channel.</summary>
    internal Rgb Mix(Rgb other, double share) => new(Mix(R, other.R, share), Mix(G, other.G, share), Mix(B, other.B, share));

    private static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + ((to - from) * share));
}
