using System.IO.Compression;
using System.Xml.Linq;

namespace SAMed.MLNet.Packages.Tests;

/// <summary>A packed file (.nupkg or .snupkg) and what its manifest says.</summary>
internal sealed class PackageFile : IDisposable
{
    private readonly ZipArchive _zip;
    private readonly XElement _metadata;

    public PackageFile(string path)
    {
        _zip = ZipFile.OpenRead(path);
        using var manifest = _zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        _metadata = XDocument.Load(manifest).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    /// <summary>Names of the files, without those that every package has for itself.</summary>
    public IReadOnlyList<string> Entries =>
        [.. _zip.Entries.Select(entry => entry.FullName).Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal)
            && !name.StartsWith("package/", StringComparison.Ordinal) && name != "[Content_Types].xml" && !name.EndsWith(".nuspec", StringComparison.Ordinal))];

    /// <summary>The dependencies of the one target framework: id and version.</summary>
    public IReadOnlyDictionary<string, string> Dependencies => _metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
        .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);

    /// <summary>The frameworks that the dependencies are given for.</summary>
    public IReadOnlyList<string> Frameworks =>
        [.. _metadata.Descendants().Where(element => element.Name.LocalName == "group").Select(element => element.Attribute("targetFramework")!.Value)];

    /// <summary>The manifest's text under <paramref name="name"/>; null without one.</summary>
    public string? Metadata(string name) => _metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;

    /// <summary>The whole content of a file.</summary>
    public byte[] Read(string entry)
    {
        using var stream = _zip.GetEntry(entry)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();
}
