using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Cli;

/// <summary>The options that say how a slice gets from its file to the network, the same in <c>train</c> and <c>predict</c>.</summary>
internal sealed class PreprocessingArguments
{
    private readonly Option<int?> _imageSize = new("--image-size") { HelpName = "PIXELS" };
    private readonly Option<string?> _inputSize = new("--input-size") { HelpName = "PIXELS|none" };

    private readonly Option<string[]> _window = new("--window")
    {
        HelpName = "LO HI|none",
        Arity = new ArgumentArity(1, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _orientation = new("--orientation") { HelpName = "RAS|LPS|...|stored" };
    private readonly Option<string?> _zoomEdge = new("--zoom-edge") { HelpName = "exact|paper" };

    /// <summary>The options for <c>train</c>, which decides, or for <c>predict</c>, which follows what the LoRA file was trained with.</summary>
    public PreprocessingArguments(bool forTraining)
    {
        string Default(string training, string reference) =>
            forTraining ? $"Default: {training}." : $"Default: as the LoRA file was trained; for files of the reference: {reference}.";
        _imageSize.Description = "Side of the square image that the network sees, in pixels. " + Default("the model's (512)", "the model's");
        _inputSize.Description = "Side that slices are reduced to before they are enlarged to the image size, as the reference does (224), or none. " + Default("the model's", "the model's");
        _window.Description = "Intensity window mapped to 0..1 (HU for CT), or none when intensities are in 0..1 already. npz and h5 files are, unless a window is given. " +
            Default("-125 275", "-125 275");
        _orientation.Description = "Axis codes that volumes are brought to before slicing (labels go back to the file's own), or stored to slice them as they lie, as the reference does. " +
            Default("RAS", "stored");
        _zoomEdge.Description = "Edge of resized slices: exact, or paper for the reference's, whose 512 to 224 leaves the last row and column zero. " + Default("exact", "paper");
        _zoomEdge.AcceptOnlyFromAmong("exact", "paper");
        _imageSize.Takes($"a number of pixels, 1 to {PreprocessingOptions.MaxSize}", size => size is >= 1 and <= PreprocessingOptions.MaxSize);
    }

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options => [_imageSize, _inputSize, _window, _orientation, _zoomEdge];

    /// <summary>The image size that was asked for, if any.</summary>
    public int? ImageSize(CommandContext context) => context.Find(_imageSize);

    /// <summary>Whether the window was given.</summary>
    public bool GivesWindow(CommandContext context) => context.Find(_window) is { Length: > 0 };

    /// <summary>Whether the orientation was given.</summary>
    public bool GivesOrientation(CommandContext context) => context.Find(_orientation) is not null;

    /// <summary><paramref name="defaults"/> with everything replaced that was given on the command line.</summary>
    /// <exception cref="UsageException">A value is not of the form that the help shows.</exception>
    public PreprocessingOptions Apply(CommandContext context, PreprocessingOptions defaults)
    {
        var options = defaults with { ImageSize = context.Find(_imageSize) ?? defaults.ImageSize };
        if (context.Find(_inputSize) is { } inputSize)
        {
            options = options with { InputSize = ParseInputSize(inputSize) };
        }
        if (context.Find(_window) is { Length: > 0 } window)
        {
            var (min, max) = ParseWindow(window);
            options = options with { WindowMin = min, WindowMax = max, WindowArrays = true };
        }
        if (context.Find(_orientation) is { } orientation)
        {
            options = options with { Orientation = ParseOrientation(orientation) };
        }
        if (context.Find(_zoomEdge) is { } edge)
        {
            options = options with { ZoomEdge = edge == "paper" ? ZoomEdge.Paper : ZoomEdge.Exact };
        }
        return options;
    }

    private static int? ParseInputSize(string text) =>
        text == "none" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= PreprocessingOptions.MaxSize ? size
        : throw new UsageException($"--input-size takes a number of pixels, 1 to {PreprocessingOptions.MaxSize}, or none; got '{text}'.");

    /// <summary>The two ends of a window, or none.</summary>
    /// <exception cref="UsageException">The words are not of the form that the help shows.</exception>
    internal static (float? Min, float? Max) ParseWindow(string[] words)
    {
        if (words is ["none"])
        {
            return (null, null);
        }
        return words is [var low, var high] && TryParse(low, out var min) && TryParse(high, out var max) && min < max
            ? (min, max)
            : throw new UsageException($"--window takes its lower and its upper end (-125 275) or none, got '{string.Join(' ', words)}'.");

        static bool TryParse(string word, out float value) => float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
    }

    /// <summary>Axis codes in capitals; null for volumes as stored.</summary>
    /// <exception cref="UsageException">They are not three axis codes.</exception>
    internal static string? ParseOrientation(string text)
    {
        if (text == "stored")
        {
            return null;
        }
        var codes = text.ToUpperInvariant();
        var axes = string.Concat(codes.Select(code => code switch { 'R' or 'L' => 'x', 'A' or 'P' => 'y', 'S' or 'I' => 'z', _ => '?' }).Order());
        return axes == "xyz" ? codes : throw new UsageException($"--orientation takes three axis codes such as RAS or LPS, or stored; got '{text}'.");
    }
}
