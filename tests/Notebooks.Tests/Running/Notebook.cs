using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>A notebook file (nbformat 4).</summary>
internal sealed class Notebook
{
    // One space and plain characters, as Jupyter itself writes.
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<JsonObject> _code;

    private Notebook(string path, JsonObject root)
    {
        (FilePath, Root) = (path, root);
        _code = [.. Cells.Where(cell => (string?)cell["cell_type"] == "code")];
        Code = [.. _code.Select((cell, index) => new NotebookCell(index + 1, TextOf(cell["source"]), cell["outputs"] as JsonArray ?? []))];
    }

    public string FilePath { get; }

    public string Name => Path.GetFileName(FilePath);

    /// <summary>The whole file.</summary>
    public JsonObject Root { get; }

    /// <summary>Cells of every kind.</summary>
    public IEnumerable<JsonObject> Cells => Root["cells"]!.AsArray().Select(cell => cell!.AsObject());

    /// <summary>The code cells, in order.</summary>
    public IReadOnlyList<NotebookCell> Code { get; }

    public static Notebook Read(string path) => new(path, JsonNode.Parse(File.ReadAllText(path))!.AsObject());

    /// <summary>Writes the file again with new outputs of a code cell each.</summary>
    public void WriteOutputs(IReadOnlyList<JsonArray> outputs)
    {
        for (var i = 0; i < _code.Count; i++)
        {
            _code[i]["execution_count"] = i + 1;
            _code[i]["outputs"] = outputs[i].DeepClone();
        }
        File.WriteAllText(FilePath, Root.ToJsonString(Json) + "\n");
    }

    /// <summary>Text that a notebook may keep as one string or as lines.</summary>
    public static string TextOf(JsonNode? text) => text is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)text ?? "";

    /// <summary>The form in which notebooks keep text: lines with their ends.</summary>
    public static JsonArray LinesOf(string text)
    {
        var lines = text.Split('\n');
        return [.. lines.Select((line, index) => index < lines.Length - 1 ? line + "\n" : line).Where(line => line.Length > 0).Select(line => JsonValue.Create(line))];
    }
}
