namespace SAMed.MLNet.Packages.Tests;

/// <summary>Packs the solution once for all tests, as it was built for them.</summary>
[SetUpFixture]
internal sealed class PackedPackages
{
    /// <summary>A version that no package source has.</summary>
    public const string Version = "0.1.0-test.1";

    private static TempFolder? _folder;

    /// <summary>Where the packages lie.</summary>
    public static string Folder => _folder!.Path;

    /// <summary>Debug or Release: the configuration that these tests, and so the libraries, were built in.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>Opens the package <paramref name="id"/> with the given kind, <c>nupkg</c> or <c>snupkg</c>.</summary>
    public static PackageFile Open(string id, string kind = "nupkg") => new(Path.Combine(Folder, $"{id}.{Version}.{kind}"));

    /// <summary>Packs <paramref name="what"/> (solution or project) into <paramref name="output"/>.</summary>
    public static void Pack(string what, string output)
    {
        var (code, text) = DotNet.Run(TestData.RepositoryRoot,
            ["pack", what, "-c", Configuration, "--no-build", "--no-restore", "-v", "q", $"-p:PackageOutputPath={output}/", $"-p:PackageVersion={Version}"]);
        Assert.That(code, Is.Zero, text);
    }

    [OneTimeSetUp]
    public void PackAll()
    {
        _folder = new TempFolder();
        Pack("SAMed.MLNet.sln", Folder);
    }

    [OneTimeTearDown]
    public void Remove() => _folder?.Dispose();
}
