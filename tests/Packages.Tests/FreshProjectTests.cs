using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace SAMed.MLNet.Packages.Tests;

/// <summary>A project that knows the packages only: restored, built and run as a user would.</summary>
internal sealed class FreshProjectTests
{
    private static readonly string Rid = RuntimeInformation.RuntimeIdentifier;

    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void MakeProject()
    {
        _folder = new TempFolder();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Consumer", "Program.cs"), _folder.File("Program.cs"));
        File.WriteAllText(_folder.File("Fresh.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SAMed.MLNet" Version="{PackedPackages.Version}" />
                <PackageReference Include="SAMed.MLNet.Rendering" Version="{PackedPackages.Version}" />
                <PackageReference Include="libtorch-cpu-{Rid}" Version="{LibTorchVersion()}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(_folder.File("nuget.config"), $"""
            <configuration>
              <packageSources><add key="packed" value="{PackedPackages.Folder}" /></packageSources>
              <fallbackPackageFolders>{(Directory.Exists(Packages) ? $"<add key=\"shared\" value=\"{Packages}\" />" : "")}</fallbackPackageFolders>
            </configuration>
            """);
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void It_restores_builds_trains_three_steps_saves_loads_and_predicts()
    {
        // Its own packages folder: what is packed here must not stay in the user's, from which everything else may come.
        Dictionary<string, string?> build = new() { ["NUGET_PACKAGES"] = _folder.File("packages") };
        var (code, text) = DotNet.Run(_folder.Path, ["restore"], build);
        if (text.Contains("NU1301", StringComparison.Ordinal))
        {
            Assert.Ignore("No package source answers: " + text);
        }
        Assert.That(code, Is.Zero, text);
        (code, text) = DotNet.Run(_folder.Path, ["build", "--no-restore", "-c", "Release", "-o", "out", "-p:UseSharedCompilation=false"], build);
        Assert.That(code, Is.Zero, text);
        (code, text) = DotNet.Run(_folder.Path, ["out/Fresh.dll"], new Dictionary<string, string?> { ["SAMED_LIBTORCH"] = null, ["NUGET_PACKAGES"] = _folder.File("nowhere") });
        Assert.That(code, Is.Zero, text);
        Assert.That(text, Does.Contain($"libtorch in {_folder.File("out")}").And.Contain("3 steps")
            .And.Contain("left kidney").And.Contain($"{12 * 32 * 32} labels").And.Contain("a picture of"));
        Assert.That(File.Exists(_folder.File("model.zip")));
    }

    /// <summary>NuGet's packages folder of this user.</summary>
    private static string Packages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
        ? set
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string LibTorchVersion() => XDocument.Load(Path.Combine(TestData.RepositoryRoot, "Directory.Packages.props")).Descendants("PackageVersion")
        .SingleOrDefault(package => package.Attribute("Include")!.Value == $"libtorch-cpu-{Rid}")?.Attribute("Version")!.Value ?? Skip();

    private static string Skip()
    {
        Assert.Ignore($"There is no libtorch package for {Rid}.");
        return "";
    }
}
