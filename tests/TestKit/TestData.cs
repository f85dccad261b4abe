using NUnit.Framework;

namespace SAMed.MLNet.TestKit;

/// <summary>Finds the golden numbers and the real files that tests compare with, or skips the test and says what was missing.</summary>
public static class TestData
{
    /// <summary>The folder that holds SAMed.MLNet.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>A golden file or folder: in <c>SAMED_GOLDEN</c> when that is set, else in <c>tests/Golden</c>, else in <c>../shared/golden</c>.</summary>
    public static string Golden(string relativePath)
    {
        var overridden = Environment.GetEnvironmentVariable("SAMED_GOLDEN");
        string[] roots = string.IsNullOrEmpty(overridden)
            ? [Path.Combine(RepositoryRoot, "tests", "Golden"), Path.Combine(RepositoryRoot, "..", "shared", "golden")]
            : [overridden];
        return Find(roots, relativePath, "golden file", "SAMED_GOLDEN");
    }

    /// <summary>A real file or folder: in <c>SAMED_REALDATA</c> when that is set, else in <c>../shared/realdata</c>.</summary>
    public static string Real(string relativePath)
    {
        var overridden = Environment.GetEnvironmentVariable("SAMED_REALDATA");
        var root = string.IsNullOrEmpty(overridden) ? Path.Combine(RepositoryRoot, "..", "shared", "realdata") : overridden;
        return Find([root], relativePath, "real file", "SAMED_REALDATA");
    }

    private static string Find(string[] roots, string relativePath, string what, string variable)
    {
        foreach (var root in roots)
        {
            var path = Path.GetFullPath(Path.Combine(root, relativePath));
            if (File.Exists(path) || Directory.Exists(path))
            {
                return path;
            }
        }
        Assert.Ignore($"The {what} '{relativePath}' is not in {string.Join(" or ", roots.Select(Path.GetFullPath))}: set {variable} to the folder that holds it.");
        throw new InvalidOperationException("Assert.Ignore returned.");
    }

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
