using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SAMed.MLNet.Notebooks.Tests.Running;

namespace SAMed.MLNet.Notebooks.Tests;

/// <summary>Checks the files themselves: what Jupyter's schema asks for, and what must not be committed.</summary>
[TestFixture]
internal sealed partial class NotebookFormatTests
{
    [Test]
    public void There_are_three_notebooks()
    {
        Assert.That(NotebookFiles.Cases().Count(), Is.EqualTo(3));
    }

    [TestCaseSource(typeof(NotebookFiles), nameof(NotebookFiles.Cases))]
    public void It_is_a_CSharp_notebook_of_format_4_5(string path)
    {
        var root = Notebook.Read(path).Root;
        Assert.That(((int?)root["nbformat"], (int?)root["nbformat_minor"]), Is.EqualTo((4, 5)));
        Assert.That((string?)root["metadata"]?["kernelspec"]?["name"], Is.EqualTo(".net-csharp"));
        Assert.That((string?)root["metadata"]?["kernelspec"]?["display_name"], Is.Not.Empty);
        Assert.That((string?)root["metadata"]?["language_info"]?["name"], Is.EqualTo("C#"));
    }

    [TestCaseSource(typeof(NotebookFiles), nameof(NotebookFiles.Cases))]
    public void Every_cell_has_what_its_kind_needs(string path)
    {
        var cells = Notebook.Read(path).Cells.AtLeastOne();
        Assert.That(cells.Select(cell => (string?)cell["id"]), Is.Unique.And.All.Matches("^[a-zA-Z0-9_-]{1,64}$"));
        foreach (var cell in cells)
        {
            Assert.That((string?)cell["cell_type"], Is.AnyOf("code", "markdown"));
            Assert.That(cell["metadata"], Is.InstanceOf<JsonObject>());
            Assert.That(Notebook.TextOf(cell["source"]), Is.Not.Empty);
            string[] keys = (string?)cell["cell_type"] == "code" ? ["cell_type", "execution_count", "id", "metadata", "outputs", "source"] : ["cell_type", "id", "metadata", "source"];
            Assert.That(cell.Select(pair => pair.Key), Is.EquivalentTo(keys));
        }
    }

    [TestCaseSource(typeof(NotebookFiles), nameof(NotebookFiles.Cases))]
    public void Committed_outputs_hold_no_errors_and_no_paths_of_a_machine(string path)
    {
        foreach (var cell in Notebook.Read(path).Code.AtLeastOne())
        {
            foreach (var output in cell.Outputs)
            {
                Assert.That((string?)output!["output_type"], Is.AnyOf("stream", "display_data", "execute_result"), $"code cell {cell.Number}");
                Assert.That(TextsOf(output), Is.All.Not.Match(MachinePath()), $"code cell {cell.Number}");
            }
        }
    }

    [TestCaseSource(typeof(NotebookFiles), nameof(NotebookFiles.Cases))]
    public void Committed_pictures_are_PNG_files_of_reasonable_size(string path)
    {
        var pictures = Notebook.Read(path).Code.SelectMany(cell => cell.Outputs).Select(output => (string?)output!["data"]?["image/png"]).OfType<string>().AtLeastOne();
        foreach (var bytes in pictures.Select(Convert.FromBase64String))
        {
            Assert.That(bytes.Take(8), Is.EqualTo(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10 }));
            Assert.That(bytes, Has.Length.LessThan(400_000));
        }
    }

    [TestCase("saved to /home/someone/x.zip")]
    [TestCase("/tmp/abc")]
    [TestCase("C:\\Users\\x")]
    public void A_path_of_a_machine_is_noticed(string text)
    {
        Assert.That(text, Does.Match(MachinePath()));
    }

    private static IEnumerable<string> TextsOf(JsonNode output) => output["data"] is JsonObject data
        ? data.Where(pair => !pair.Key.StartsWith("image/", StringComparison.Ordinal)).Select(pair => Notebook.TextOf(pair.Value))
        : [Notebook.TextOf(output["text"])];

    [GeneratedRegex(@"(?<![\w.])/(tmp|home|root|work|Users|var|mnt|usr|opt|private)/|\b[A-Z]:\\")]
    private static partial Regex MachinePath();
}
