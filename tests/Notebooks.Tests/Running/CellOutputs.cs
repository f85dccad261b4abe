using System.Text;
using System.Text.Json.Nodes;

namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>Collects what a running cell shows, in the form that notebooks keep.</summary>
internal sealed class CellOutputs : TextWriter
{
    private readonly List<JsonObject> _outputs = [];
    private readonly StringBuilder _printed = new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Console output; neighbouring pieces are one output.</summary>
    public override void Write(char value)
    {
        lock (_outputs)
        {
            _printed.Append(value == '\r' ? "" : value);
        }
    }

    /// <summary>A value that the cell displayed, in one MIME type: text, or base64 for images.</summary>
    public void Display(string mimeType, string content) => Add(new() { ["output_type"] = "display_data", ["data"] = Data(mimeType, content), ["metadata"] = new JsonObject() });

    /// <summary>The value of the cell's last expression.</summary>
    public void Return(int cell, string mimeType, string content) => Add(new()
    {
        ["output_type"] = "execute_result", ["execution_count"] = cell, ["data"] = Data(mimeType, content), ["metadata"] = new JsonObject(),
    });

    public JsonArray ToJson()
    {
        lock (_outputs)
        {
            EndPrinting();
            return [.. _outputs.Select(output => output.DeepClone())];
        }
    }

    /// <summary>What can be compared between machines: kinds and MIME types, not the figures.</summary>
    public static string KindsOf(JsonArray outputs) => string.Join(", ", outputs.Select(output =>
        output!["data"] is JsonObject data ? $"{output["output_type"]} {string.Join(" ", data.Select(pair => pair.Key))}" : $"{output["output_type"]} {output["name"]}"));

    private static JsonObject Data(string mimeType, string content) =>
        new() { [mimeType] = mimeType.StartsWith("image/png", StringComparison.Ordinal) ? JsonValue.Create(content) : Notebook.LinesOf(content) };

    private void Add(JsonObject output)
    {
        lock (_outputs)
        {
            EndPrinting();
            _outputs.Add(output);
        }
    }

    private void EndPrinting()
    {
        if (_printed.Length > 0)
        {
            _outputs.Add(new() { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = Notebook.LinesOf(_printed.ToString()) });
            _printed.Clear();
        }
    }
}
