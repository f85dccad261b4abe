using System.Globalization;

namespace SAMed.MLNet.Bench.Reporting;

/// <summary>Numbers as text, with a decimal point on every machine.</summary>
internal static class Numbers
{
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Three digits that count, in s, ms or µs.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        >= 100 => Text($"{seconds:F0} s"),
        >= 10 => Text($"{seconds:F1} s"),
        >= 1 => Text($"{seconds:F2} s"),
        >= 0.1 => Text($"{seconds * 1e3:F0} ms"),
        >= 0.01 => Text($"{seconds * 1e3:F1} ms"),
        >= 0.001 => Text($"{seconds * 1e3:F2} ms"),
        _ => Text($"{seconds * 1e6:F0} µs"),
    };

    /// <summary>MB of 10⁶ bytes, or GB.</summary>
    public static string Bytes(double bytes) => bytes >= 1e9 ? Text($"{bytes / 1e9:F3} GB") : Text($"{bytes / 1e6:F0} MB");
}
