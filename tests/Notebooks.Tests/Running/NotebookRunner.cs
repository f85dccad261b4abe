using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>Runs the code cells of a notebook one after the other, each seeing what those before it declared, in a working folder of their own.</summary>
internal sealed class NotebookRunner(string workingFolder)
{
    // The namespaces that .NET Interactive's C# kernel opens by itself.
    private static readonly string[] KernelUsings =
    [
        "System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq",
        typeof(NotebookDisplay).FullName!, typeof(NotebookDisplayExtensions).FullName!,
    ];

    private static readonly ScriptOptions Options = ScriptOptions.Default.WithReferences(Assemblies()).WithImports(KernelUsings);

    /// <summary>The outputs of every code cell.</summary>
    /// <exception cref="NotebookCellException">A cell failed; says which and why.</exception>
    public async Task<IReadOnlyList<JsonArray>> Run(string notebook, IReadOnlyList<NotebookCell> cells)
    {
        var (folder, console) = (Directory.GetCurrentDirectory(), Console.Out);
        Directory.SetCurrentDirectory(workingFolder);
        try
        {
            ScriptState<object>? state = null;
            var outputs = new List<JsonArray>();
            foreach (var cell in cells)
            {
                using var shown = new CellOutputs();
                state = await Run(notebook, cell, cells.Count, state, shown);
                outputs.Add(shown.ToJson());
            }
            return outputs;
        }
        finally
        {
            Console.SetOut(console);
            Directory.SetCurrentDirectory(folder);
        }
    }

    private static async Task<ScriptState<object>> Run(string notebook, NotebookCell cell, int cells, ScriptState<object>? before, CellOutputs shown)
    {
        NotebookDisplay.Outputs = shown;
        Console.SetOut(shown);
        try
        {
            var state = before is null ? await CSharpScript.RunAsync<object>(cell.Code, Options) : await before.ContinueWithAsync<object>(cell.Code);
            if (state.ReturnValue is { } value)
            {
                var (mimeType, content) = NotebookDisplay.Format(value);
                shown.Return(cell.Number, mimeType, content);
            }
            return state;
        }
        catch (CompilationErrorException error)
        {
            throw new NotebookCellException(notebook, cell, cells, error, "does not compile:\n" + string.Join('\n', error.Diagnostics));
        }
#pragma warning disable CA1031 // Whatever a cell throws is reported with the cell.
        catch (Exception error)
#pragma warning restore CA1031
        {
            throw new NotebookCellException(notebook, cell, cells, error, $"failed: {error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>Everything that this test project references.</summary>
    private static IEnumerable<MetadataReference> Assemblies() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        .Select(path => MetadataReference.CreateFromFile(path));
}
