namespace SAMed.MLNet.Notebooks.Tests;

/// <summary>The notebooks of the repository.</summary>
internal static class NotebookFiles
{
    /// <summary>A case for each, named after it.</summary>
    public static IEnumerable<TestCaseData> Cases() => Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "notebooks"), "*.ipynb")
        .Order(StringComparer.Ordinal)
        .Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileNameWithoutExtension(path)));
}
