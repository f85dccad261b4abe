using System.Text.Json.Nodes;
using SAMed.MLNet.Notebooks.Tests.Running;

namespace SAMed.MLNet.Notebooks.Tests;

[TestFixture]
internal sealed class NotebookRunnerTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task A_cell_sees_what_cells_before_it_declared()
    {
        var outputs = await Run("int Twice(int x) => 2 * x;", "public record Pair(int A, int B);\nvar pair = new Pair(1, Twice(2));", "pair.B");
        Assert.That(CellOutputs.KindsOf(outputs[2]), Is.EqualTo("execute_result text/plain"));
        Assert.That(Notebook.TextOf(outputs[2][0]!["data"]!["text/plain"]), Is.EqualTo("4"));
    }

    [Test]
    public async Task Package_references_and_magic_commands_are_left_out()
    {
        var outputs = await Run("#r \"nuget: No.Such.Package, 1.2.3\"\n#!time\nConsole.Write(\"ran\");");
        Assert.That(Notebook.TextOf(outputs[0][0]!["text"]), Is.EqualTo("ran"));
    }

    [Test]
    public async Task Outputs_keep_their_order_and_kind()
    {
        var outputs = await Run("Console.WriteLine(\"one\\ntwo\");\ndisplay(HTML(\"<b>x</b>\"));\n\"AAAA\".DisplayAs(\"image/png\");\n1.5.Display();\nConsole.WriteLine(3);");
        Assert.That(CellOutputs.KindsOf(outputs[0]),
            Is.EqualTo("stream stdout, display_data text/html, display_data image/png, display_data text/plain, stream stdout"));
        Assert.That(outputs[0][0]!["text"]!.AsArray().Select(line => (string?)line), Is.EqualTo(new[] { "one\n", "two\n" }));
        Assert.That((string?)outputs[0][2]!["data"]!["image/png"], Is.EqualTo("AAAA"));
        Assert.That(Notebook.TextOf(outputs[0][3]!["data"]!["text/plain"]), Is.EqualTo("1.5"));
    }

    [Test]
    public async Task Cells_work_in_the_given_folder_and_leave_the_process_as_it_was()
    {
        var (folder, console) = (Directory.GetCurrentDirectory(), Console.Out);
        await Run("System.IO.File.WriteAllText(\"here.txt\", \"x\");");
        Assert.That(File.Exists(_folder.File("here.txt")));
        Assert.That(Directory.GetCurrentDirectory(), Is.EqualTo(folder));
        Assert.That(Console.Out, Is.SameAs(console));
    }

    [Test]
    public void A_cell_that_does_not_compile_is_named_with_its_first_line_and_its_errors()
    {
        var error = Assert.ThrowsAsync<NotebookCellException>(() => Run("var a = 1;", "\n// Adds.\nvar b = a + nothing;"))!;
        Assert.That(error.Message, Does.Contain("test.ipynb, code cell 2 of 2 (\"// Adds.\")").And.Contain("(3,13): error CS0103").And.Contain("nothing"));
    }

    [Test]
    public void A_cell_that_throws_is_named_with_what_it_threw()
    {
        var error = Assert.ThrowsAsync<NotebookCellException>(() => Run("throw new InvalidOperationException(\"no data\");"))!;
        Assert.That(error.Message, Does.Contain("code cell 1 of 1 (\"throw new").And.Contain("InvalidOperationException: no data"));
    }

    [Test]
    public async Task Written_outputs_are_read_again()
    {
        var path = _folder.File("test.ipynb");
        File.WriteAllText(path, """{ "cells": [ { "cell_type": "markdown", "source": "é" }, { "cell_type": "code", "source": ["1 +\n", "1"], "outputs": [] } ], "nbformat": 4 }""");
        var notebook = Notebook.Read(path);
        notebook.WriteOutputs(await new NotebookRunner(_folder.Path).Run(notebook.Name, notebook.Code));
        var again = Notebook.Read(path);
        Assert.That(Notebook.TextOf(again.Code.Single().Outputs[0]!["data"]!["text/plain"]), Is.EqualTo("2"));
        Assert.That((int?)again.Cells.Last()["execution_count"], Is.EqualTo(1));
        Assert.That(File.ReadAllText(path), Does.Contain("é"));
    }

    private Task<IReadOnlyList<JsonArray>> Run(params string[] cells) =>
        new NotebookRunner(_folder.Path).Run("test.ipynb", [.. cells.Select((source, index) => new NotebookCell(index + 1, source, []))]);
}
