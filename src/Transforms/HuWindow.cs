using System.Numerics;
using System.Runtime.InteropServices;

namespace SAMed.MLNet.Transforms;

/// <summary>The CT intensity window: Hounsfield units to [0, 1]. Source: SAMed, preprocess/preprocess_data.py (window -125..275).</summary>
public static class HuWindow
{
    /// <summary>Lower bound of the published window, in HU.</summary>
    public const float PaperMinHu = -125;

    /// <summary>Upper bound of the published window, in HU.</summary>
    public const float PaperMaxHu = 275;

    /// <summary>Clips to [<paramref name="minHu"/>, <paramref name="maxHu"/>] and scales that range to [0, 1], every step in float32 as the reference does. NaN stays NaN.</summary>
    /// <param name="hu">Values in HU.</param>
    /// <param name="destination">As long as <paramref name="hu"/>; may be the same memory.</param>
    /// <param name="minHu">Becomes 0.</param>
    /// <param name="maxHu">Becomes 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the window is not finite and increasing.</exception>
    public static void Normalize(ReadOnlySpan<float> hu, Span<float> destination, float minHu, float maxHu)
    {
        if (hu.Length != destination.Length)
        {
            throw new ArgumentException($"The destination must hold {hu.Length} values, got {destination.Length}.", nameof(destination));
        }
        if (!(minHu < maxHu) || !float.IsFinite(maxHu - minHu))
        {
            throw new ArgumentException($"The window must be finite with its lower bound first, got {minHu}..{maxHu} HU.", nameof(minHu));
        }
        var widthHu = maxHu - minHu;
        var wideHu = MemoryMarshal.Cast<float, Vector<float>>(hu);
        var wide = MemoryMarshal.Cast<float, Vector<float>>(destination);
        var (min, max, width) = (new Vector<float>(minHu), new Vector<float>(maxHu), new Vector<float>(widthHu));
        for (var i = 0; i < wide.Length; i++)
        {
            var value = wideHu[i];
            // Chosen by comparison, not by minimum and maximum: those of processors differ where a value is NaN.
            value = Vector.ConditionalSelect(Vector.LessThan(value, min), min, value);
            value = Vector.ConditionalSelect(Vector.GreaterThan(value, max), max, value);
            wide[i] = (value - min) / width;
        }
        for (var i = wide.Length * Vector<float>.Count; i < hu.Length; i++)
        {
            destination[i] = (Math.Clamp(hu[i], minHu, maxHu) - minHu) / widthHu;
        }
    }
}
