using System.Security.Cryptography;
using System.Text.Json;

namespace SAMed.MLNet.Imaging.Tests;

/// <summary>What other readers (nibabel, NumPy, h5py) see in the real files: EXPECTED.json beside them.</summary>
internal static class Expected
{
    /// <summary>The files whose name starts with <paramref name="prefix"/>. Skips the test when one is missing, so ask before <c>Assert.EnterMultipleScope</c>.</summary>
    public static List<ExpectedFile> Files(string prefix)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Real("EXPECTED.json")));
        return
        [
            .. document.RootElement.EnumerateObject().Where(file => file.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(file => new ExpectedFile(file.Name, TestData.Real(file.Name), file.Value.Clone())),
        ];
    }

    public static int[] Ints(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

/// <summary>A real file and what other readers see in it.</summary>
internal sealed record ExpectedFile(string Name, string Path, JsonElement Facts);
