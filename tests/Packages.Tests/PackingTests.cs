namespace SAMed.MLNet.Packages.Tests;

internal sealed class PackingTests
{
    [Test]
    public void Only_the_libraries_become_packages()
    {
        var ids = PackageContentTests.All.Select(package => (string)package.Arguments[1]!);
        Assert.That(Directory.GetFiles(PackedPackages.Folder).Select(Path.GetFileName),
            Is.EquivalentTo(ids.SelectMany(id => new[] { $"{id}.{PackedPackages.Version}.nupkg", $"{id}.{PackedPackages.Version}.snupkg" })));
    }

    [Test]
    public void Packing_again_gives_the_same_bytes()
    {
        using var again = new TempFolder();
        PackedPackages.Pack("src/Imaging", again.Path);
        var files = Directory.GetFiles(again.Path).AtLeastOne();
        Assert.That(files.Where(file => !File.ReadAllBytes(file).SequenceEqual(File.ReadAllBytes(Path.Combine(PackedPackages.Folder, Path.GetFileName(file))))), Is.Empty);
    }
}
