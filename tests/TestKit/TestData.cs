using NUnit.Framework;

namespace SAMed.MLNet.TestKit;

/// <summary>Finds the golden numbers and the real files that tests compare with, or skips the test and says what was missing.</summary>
public static class TestData
{
    /// <summary>The folder that holds SAMed.MLNet.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static TestRoots GoldenRoots { get; } = new(
        "golden file", "SAMED_GOLDEN", Path.Combine(RepositoryRoot, "tests", "Golden"), Path.Combine(RepositoryRoot, "..", "shared", "golden"));

    private static TestRoots RealRoots { get; } = new("real file", "SAMED_REALDATA", Path.Combine(RepositoryRoot, "..", "shared", "realdata"));

    /// <summary>A golden file or folder: in <c>SAMED_GOLDEN</c> when that is set, else in <c>tests/Golden</c>, else in <c>../shared/golden</c>.
    /// Skips the test when it is missing, so ask before <c>Assert.Multiple</c> and outside the delegates of <c>Assert.That</c>, which take a skip for a failure.</summary>
    public static string Golden(string relativePath) => GoldenRoots.Require(relativePath);

    /// <summary>A real file or folder: in <c>SAMED_REALDATA</c> when that is set, else in <c>../shared/realdata</c>. Skips as <see cref="Golden"/>.</summary>
    public static string Real(string relativePath) => RealRoots.Require(relativePath);

    /// <summary>Cases for a <c>TestCaseSource</c> that stand in a golden file or folder; one case that is skipped when it is missing, since a source cannot skip.</summary>
    /// <param name="relativePath">The file or folder, as for <see cref="Golden"/>.</param>
    /// <param name="casesIn">The cases, given its full path.</param>
    public static IEnumerable<TestCaseData> GoldenCases(string relativePath, Func<string, IEnumerable<string>> casesIn) => GoldenRoots.Cases(relativePath, casesIn);

    /// <summary>As <see cref="GoldenCases"/>, for a real file or folder.</summary>
    public static IEnumerable<TestCaseData> RealCases(string relativePath, Func<string, IEnumerable<string>> casesIn) => RealRoots.Cases(relativePath, casesIn);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SAMed.MLNet.sln")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds SAMed.MLNet.sln.");
    }
}
