using System.Reflection;

namespace SAMed.MLNet.Estimators;

/// <summary>The version of this library, for files that say what wrote them.</summary>
public static class ProductVersion
{
    /// <summary>For instance <c>SAMed.MLNet 0.1.0</c>.</summary>
    public static string Text { get; } =
        "SAMed.MLNet " + typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
