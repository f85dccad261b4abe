namespace SAMed.MLNet.Rendering;

/// <summary>How label maps are drawn over slices.</summary>
public sealed record OverlayOptions
{
    /// <summary>Image value that becomes black: HU for CT, default -125.</summary>
    public float WindowMin { get; init; } = -125;

    /// <summary>Image value that becomes white: HU for CT, default 275.</summary>
    public float WindowMax { get; init; } = 275;

    /// <summary>How much of the label's colour covers the image inside a region: 0 (nothing) to 1 (all), default 0.4.</summary>
    public double Opacity { get; init; } = 0.4;

    /// <summary>Name of the case for the caption, default empty.</summary>
    public string Case { get; init; } = "";

    /// <summary>Slice to draw, 0..D-1; null (default) takes the one that shows most classes of the reference, or of the prediction
    /// when there is none.</summary>
    public int? Slice { get; init; }

    /// <summary>How the slice is turned, default <see cref="DisplayOrientation.Auto"/>.</summary>
    public DisplayOrientation Orientation { get; init; }

    /// <summary>Slices are enlarged by whole numbers until their longer side has about this many pixels: 32..4096, default 512.</summary>
    public int MinPanelPixels { get; init; } = 512;

    /// <summary>Whether a legend of class names and colours stands below, default true.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>Checks every option at once.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (!(WindowMin < WindowMax) || !float.IsFinite(WindowMax - WindowMin))
        {
            faults.Add($"the window must be finite with {nameof(WindowMin)} below {nameof(WindowMax)}, got {WindowMin}..{WindowMax}");
        }
        if (!(Opacity is >= 0 and <= 1))
        {
            faults.Add($"{nameof(Opacity)} must be 0..1, got {Opacity}");
        }
        if (MinPanelPixels is < 32 or > 4096)
        {
            faults.Add($"{nameof(MinPanelPixels)} must be 32..4096, got {MinPanelPixels}");
        }
        if (!Enum.IsDefined(Orientation))
        {
            faults.Add($"{nameof(Orientation)} is not defined, got {(int)Orientation}");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Overlay options: {string.Join("; ", faults)}.");
        }
    }
}
