using System.Reflection;

namespace SAMed.MLNet.Packages.Tests;

/// <summary>Programs import our namespaces beside ML.NET's: a name that both have would have to be written out everywhere.</summary>
internal sealed class PublicNamesTests
{
    private static readonly string[] BesideOurs = ["Microsoft.ML.Core", "Microsoft.ML.Data", "Microsoft.ML.DataView", "Microsoft.ML.StandardTrainers", "Microsoft.ML.Transforms", "Microsoft.Data.Analysis"];

    [Test]
    public void No_public_type_has_the_name_of_one_of_ML_NET()
    {
        var theirs = BesideOurs.SelectMany(name => TopLevelTypes(Assembly.Load(name))).AtLeastOne().ToLookup(type => type.Name);
        var ours = PackageContentTests.Assemblies.SelectMany(TopLevelTypes).AtLeastOne();
        Assert.That(ours.Where(type => theirs.Contains(type.Name)).Select(type => $"{type.FullName} and {theirs[type.Name].First().FullName}"), Is.Empty);
    }

    private static IEnumerable<Type> TopLevelTypes(Assembly assembly) => assembly.GetExportedTypes().Where(type => !type.IsNested);
}
