namespace SAMed.MLNet.Notebooks.Tests.Running;

/// <summary>A cell did not compile or did not run.</summary>
internal sealed class NotebookCellException(string notebook, NotebookCell cell, int cells, Exception inner, string what)
    : Exception($"{notebook}, code cell {cell.Number} of {cells} (\"{cell.FirstLine}\") {what}", inner);
