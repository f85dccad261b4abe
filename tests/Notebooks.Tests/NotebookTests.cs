using System.Text.Json.Nodes;
using SAMed.MLNet.Notebooks.Tests.Running;

namespace SAMed.MLNet.Notebooks.Tests;

/// <summary>Runs every notebook as it is committed. With <c>SAMED_REFRESH_NOTEBOOKS=1</c> what the cells show is written back into the files.</summary>
[TestFixture]
internal sealed class NotebookTests
{
    private static readonly bool Refresh = Environment.GetEnvironmentVariable("SAMED_REFRESH_NOTEBOOKS") == "1";

    [TestCaseSource(typeof(NotebookFiles), nameof(NotebookFiles.Cases))]
    public async Task Every_cell_runs_and_shows_what_is_committed(string path)
    {
        var notebook = Notebook.Read(path);
        using var folder = new TempFolder();
        var outputs = await Run(notebook, folder.Path);
        if (Refresh)
        {
            notebook.WriteOutputs(outputs);
        }
        using (Assert.EnterMultipleScope())
        {
            foreach (var (cell, shown) in Notebook.Read(path).Code.Zip(outputs).AtLeastOne())
            {
                Assert.That(CellOutputs.KindsOf(cell.Outputs), Is.EqualTo(CellOutputs.KindsOf(shown)), $"committed outputs of code cell {cell.Number} (\"{cell.FirstLine}\")");
            }
        }
    }

    /// <summary>The outputs, or a failed test that says which cell failed and why, without the script engine's stack.</summary>
    private static async Task<IReadOnlyList<JsonArray>> Run(Notebook notebook, string folder)
    {
        try
        {
            return await new NotebookRunner(folder).Run(notebook.Name, notebook.Code);
        }
        catch (NotebookCellException error)
        {
            Assert.Fail(error.Message);
            throw;
        }
    }
}
