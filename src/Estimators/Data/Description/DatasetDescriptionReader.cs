using System.Text.Json;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Reads the part of a dataset.json that is this program's.</summary>
internal static class DatasetDescriptionReader
{
    public const string Section = "samed";

    public const int Version = 1;

    public static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The description in the file at <paramref name="path"/>, a full path; null when it has none.</summary>
    public static DatasetDescription? Read(string path)
    {
        using var document = Parse(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(Section, out var section))
        {
            return null;
        }
        var root = new JsonFields(path, Section, section);
        root.AllowOnly("version", "name", "layout", "cases", "classes", "background", "window", "orientation", "channels", "split");
        if (root.Integer("version") is var version and not Version)
        {
            throw root.Fault("version", $"{Version}, which this program reads", $"{version}; another version of the program wrote the file");
        }
        var window = Window(root);
        var description = new DatasetDescription
        {
            Path = path,
            Layout = root.OneOf("layout", DatasetDescription.Layouts),
            Cases = [.. root.Items("cases").Select(Case)],
            Labels = LabelTable.Parse(document.RootElement.GetRawText(), path),
            WindowMin = window?.Min,
            WindowMax = window?.Max,
            Orientation = Orientation(root),
            Channels = Channels(root),
            Split = root.Has("split") ? Split(root.Object("split")) : null,
        };
        DatasetDescriptionRules.Check(description);
        return description;
    }

    /// <summary>The file as JSON.</summary>
    public static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllText(path), Lenient);
        }
        catch (JsonException fault)
        {
            throw new DatasetDescriptionException(path, "JSON", "a well-formed file", fault.Message.TrimEnd('.'), fault);
        }
    }

    private static DatasetCase Case(JsonFields item)
    {
        item.AllowOnly("name", "patient", "image", "label", "slice");
        var entry = new DatasetCase
        {
            Name = item.Text("name"),
            Image = item.Text("image"),
            Label = item.Text("label"),
            Slice = item.Has("slice") ? item.Integer("slice") : null,
        };
        return item.Has("patient") ? entry with { Patient = item.Text("patient") } : entry;
    }

    private static DatasetSplit Split(JsonFields split)
    {
        split.AllowOnly("train", "validation", "test");
        return new() { Training = split.Texts("train"), Validation = split.Texts("validation"), Test = split.Texts("test") };
    }

    private static (float Min, float Max)? Window(JsonFields root) => !root.Has("window") ? null
        : root.Numbers("window") is [var min, var max] && min < max ? ((float)min, (float)max)
        : throw root.Fault("window", "a lower and a higher intensity such as [-125, 275], or null", root.Short("window"));

    private static int Channels(JsonFields root) => !root.Has("channels") ? 1
        : root.Integer("channels") is 1 or 3 ? root.Integer("channels")
        : throw root.Fault("channels", "1 or 3", root.Short("channels"));

    private static string? Orientation(JsonFields root) => !root.Has("orientation") ? null
        : SliceDataOptions.IsOrientation(root.Text("orientation")) ? root.Text("orientation")
        : throw root.Fault("orientation", "three axis codes such as \"RAS\", or null", root.Short("orientation"));
}
