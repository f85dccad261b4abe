using NUnit.Framework;

namespace SAMed.MLNet.TestKit;

/// <summary>The folders in which one kind of test data is looked for.</summary>
internal sealed class TestRoots
{
    private readonly string _what;
    private readonly string _variable;
    private readonly string[] _folders;

    /// <summary>Looks in <paramref name="folders"/> in turn, or in the folder that the environment <paramref name="variable"/> names and nowhere else.</summary>
    public TestRoots(string what, string variable, params string[] folders)
    {
        var overridden = Environment.GetEnvironmentVariable(variable);
        (_what, _variable) = (what, variable);
        _folders = [.. (string.IsNullOrEmpty(overridden) ? folders : [overridden]).Select(Path.GetFullPath)];
    }

    /// <summary>The full path, or a skipped test.</summary>
    public string Require(string relativePath)
    {
        if (Find(relativePath) is { } path)
        {
            return path;
        }
        Assert.Ignore(Missing(relativePath));
        throw new InvalidOperationException("Assert.Ignore returned.");
    }

    /// <summary>A case for each name that <paramref name="casesIn"/> gives, or one that is skipped.</summary>
    public IEnumerable<TestCaseData> Cases(string relativePath, Func<string, IEnumerable<string>> casesIn) => Find(relativePath) is { } path
        ? casesIn(path).Select(name => new TestCaseData(name))
        : [new TestCaseData(relativePath).Ignore(Missing(relativePath))];

    private string? Find(string relativePath) =>
        _folders.Select(folder => Path.GetFullPath(Path.Combine(folder, relativePath))).FirstOrDefault(path => File.Exists(path) || Directory.Exists(path));

    private string Missing(string relativePath) =>
        $"The {_what} '{relativePath}' is not in {string.Join(" or ", _folders)}: set {_variable} to the folder that holds it.";
}
