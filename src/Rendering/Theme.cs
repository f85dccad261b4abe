namespace SAMed.MLNet.Rendering;

/// <summary>Sizes in pixels and colours that every figure shares.</summary>
internal static class Theme
{
    public const int Margin = 20;
    public const int PanelGap = 14;
    public const float CaptionHeight = 13;
    public const float TitleHeight = 11;
    public const float LegendHeight = 10;
    public const float SideHeight = 10;

    public static Rgb Background { get; } = new(0x14, 0x16, 0x1A);

    public static Rgb Frame { get; } = new(0x3A, 0x3F, 0x47);

    public static Rgb Text { get; } = new(0xF0, 0xF1, 0xF3);

    public static Rgb QuietText { get; } = new(0xA8, 0xAE, 0xB8);
}
