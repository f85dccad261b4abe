using System.Text.RegularExpressions;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>What is left of a file's name without the words that only tell image and mask apart: <c>ISIC_001_segmentation</c> and <c>ISIC_001</c> have one key,
/// and so have <c>img0005</c> and <c>label0005</c>.</summary>
internal static partial class NameKey
{
    private static readonly string[] ImageWords = ["image", "images", "img", "imgs", "im", "imaging", "ct", "mr", "mri", "scan", "volume", "raw", "0000"];

    private static readonly string[] MaskWords =
    [
        "label", "labels", "mask", "masks", "seg", "segs", "segmentation", "segmentations", "segmented", "gt", "groundtruth", "annotation", "annotations", "manual", "truth", "anno",
    ];

    /// <summary>The key of a name; the name itself where nothing else would be left.</summary>
    public static string Of(string name)
    {
        var words = Words(name).Where(word => !IsOneOf(word, ImageWords) && !IsOneOf(word, MaskWords));
        var key = string.Join('_', words).ToLowerInvariant();
        return key.Length > 0 ? key : name.ToLowerInvariant();
    }

    /// <summary>Whether a name says that the file is a mask.</summary>
    public static bool IsMask(string name) => Words(name).Any(word => IsOneOf(word, MaskWords));

    /// <summary>Parts between separators, with letters and the digits behind them apart where the letters are one of the words.</summary>
    private static IEnumerable<string> Words(string name) => Separators().Split(name).SelectMany(word =>
        WordAndNumber().Match(word) is { Success: true } match && (IsOneOf(match.Groups[1].Value, ImageWords) || IsOneOf(match.Groups[1].Value, MaskWords))
            ? new[] { match.Groups[1].Value, match.Groups[2].Value }
            : [word]).Where(word => word.Length > 0);

    private static bool IsOneOf(string word, string[] words) => words.Contains(word, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("[_\\-. ]+")]
    private static partial Regex Separators();

    [GeneratedRegex("^([A-Za-z]+)([0-9]+)$")]
    private static partial Regex WordAndNumber();
}
