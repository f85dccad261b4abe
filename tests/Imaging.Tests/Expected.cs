using System.Security.Cryptography;
using System.Text.Json;

namespace SAMed.MLNet.Imaging.Tests;

/// <summary>What other readers (nibabel, NumPy, h5py) see in the real files: EXPECTED.json beside them.</summary>
internal static class Expected
{
    public static JsonElement Of(string relativePath)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Real("EXPECTED.json")));
        return document.RootElement.GetProperty(relativePath).Clone();
    }

    public static IEnumerable<string> Files(string prefix)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Real("EXPECTED.json")));
        return [.. document.RootElement.EnumerateObject().Select(property => property.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
    }

    public static int[] Ints(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
