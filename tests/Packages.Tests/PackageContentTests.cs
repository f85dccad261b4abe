using System.Reflection;
using System.Reflection.Metadata;
using System.Xml.Linq;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Rendering;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Packages.Tests;

[TestFixtureSource(nameof(All))]
internal sealed class PackageContentTests(Type typeOfPackage, string id, string[] dependencies)
{
    /// <summary>The folders in src that become packages.</summary>
    public static string[] Folders { get; } = ["Imaging", "Transforms", "Metrics", "Rendering", "Modeling", "Estimators"];

    /// <summary>The assemblies in the packages.</summary>
    public static IEnumerable<Assembly> Assemblies => All.Select(package => ((Type)package.Arguments[0]!).Assembly);

    private readonly string _assembly = typeOfPackage.Assembly.GetName().Name!;

    public static IEnumerable<TestFixtureData> All { get; } =
    [
        Package<LabelVolume>("SAMed.MLNet.Imaging", "PureHDF", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies"),
        Package<SplineOrder>("SAMed.MLNet.Transforms", "SAMed.MLNet.Imaging", "Microsoft.ML"),
        Package<MetricOptions>("SAMed.MLNet.Metrics", "SAMed.MLNet.Imaging", "Microsoft.Data.Analysis"),
        Package<OverlayOptions>("SAMed.MLNet.Rendering", "SAMed.MLNet.Imaging", "SkiaSharp", "SkiaSharp.NativeAssets.Linux.NoDependencies"),
        Package<SamNetwork>("SAMed.MLNet.Modeling", "TorchSharp"),
        Package<SegmentationCatalog>("SAMed.MLNet", "SAMed.MLNet.Imaging", "SAMed.MLNet.Transforms", "SAMed.MLNet.Metrics", "SAMed.MLNet.Modeling"),
    ];

    [Test]
    public void It_holds_the_assembly_its_XML_docs_a_readme_and_the_licence_and_nothing_else()
    {
        using var package = PackedPackages.Open(id);
        Assert.That(package.Entries, Is.EquivalentTo((string[])[$"lib/net8.0/{_assembly}.dll", $"lib/net8.0/{_assembly}.xml", "README.md", "LICENSE", "NOTICE"]));
    }

    [Test]
    public void It_depends_on_what_the_project_names_and_on_no_pinned_package_behind_that()
    {
        using var package = PackedPackages.Open(id);
        Assert.Multiple(() =>
        {
            Assert.That(package.Frameworks, Is.EqualTo((string[])["net8.0"]));
            Assert.That(package.Dependencies.Keys, Is.EquivalentTo(dependencies));
            Assert.That(package.Dependencies.Where(pair => pair.Key.StartsWith("SAMed.", StringComparison.Ordinal)).Select(pair => pair.Value),
                Is.All.EqualTo(PackedPackages.Version));
        });
    }

    [Test]
    public void Its_manifest_says_what_it_is_and_under_which_licence()
    {
        using var package = PackedPackages.Open(id);
        Assert.Multiple(() =>
        {
            Assert.That(package.Metadata("id"), Is.EqualTo(id));
            Assert.That(package.Metadata("license"), Is.EqualTo("MIT"));
            Assert.That(package.Metadata("readme"), Is.EqualTo("README.md"));
            Assert.That(package.Metadata("description"), Does.EndWith(".").And.Not.EqualTo("Package Description"));
            Assert.That(package.Metadata("tags")?.Split(' '), Does.Contain("segmentation").And.Contain("ml.net"));
            Assert.That(package.Metadata("projectUrl"), Is.Null);
        });
    }

    [Test]
    public void Its_readme_names_the_package_in_its_title()
    {
        using var package = PackedPackages.Open(id);
        using var reader = new StreamReader(new MemoryStream(package.Read("README.md")));
        Assert.That(reader.ReadLine(), Is.EqualTo($"# {id}"));
    }

    [Test]
    public void Every_public_type_has_its_documentation()
    {
        using var package = PackedPackages.Open(id);
        var documented = XDocument.Load(new MemoryStream(package.Read($"lib/net8.0/{_assembly}.xml"))).Descendants("member").Select(member => member.Attribute("name")!.Value).ToHashSet();
        var types = typeOfPackage.Assembly.GetExportedTypes().Select(type => "T:" + type.FullName!.Replace('+', '.')).AtLeastOne();
        Assert.That(types.Where(type => !documented.Contains(type)), Is.Empty);
    }

    [Test]
    public void Its_symbols_hold_every_source_file_and_no_path_of_the_machine()
    {
        if (PackedPackages.Configuration != "Release")
        {
            Assert.Ignore("Only Release builds map paths: run with -c Release.");
        }
        using var package = PackedPackages.Open(id, "snupkg");
        Assert.That(package.Entries, Is.EqualTo((string[])[$"lib/net8.0/{_assembly}.pdb"]));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(package.Read($"lib/net8.0/{_assembly}.pdb")));
        var pdb = provider.GetMetadataReader();
        var withSource = pdb.CustomDebugInformation.Select(pdb.GetCustomDebugInformation)
            .Where(info => pdb.GetGuid(info.Kind) == EmbeddedSource && info.Parent.Kind == HandleKind.Document).Select(info => (DocumentHandle)info.Parent).ToHashSet();
        var files = pdb.Documents.Select(handle => (Name: pdb.GetString(pdb.GetDocument(handle).Name), HasSource: withSource.Contains(handle))).AtLeastOne();
        Assert.Multiple(() =>
        {
            Assert.That(files.Where(file => !file.Name.StartsWith("/_/", StringComparison.Ordinal)), Is.Empty);
            Assert.That(files.Where(file => !file.HasSource), Is.Empty);
        });
    }

    // The kind of custom debug information that carries a document's text (Portable PDB format).
    private static Guid EmbeddedSource { get; } = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private static TestFixtureData Package<T>(string id, params string[] dependencies) => new TestFixtureData(typeof(T), id, dependencies).SetArgDisplayNames(id);
}
