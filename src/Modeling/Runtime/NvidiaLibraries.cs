using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>CUDA's own libraries as Python packages bring them: <c>site-packages/nvidia/*/lib</c> beside <c>site-packages/torch/lib</c>.</summary>
/// <remarks>libtorch finds them by paths written into it, unless they were installed into another place or its folder is a copy; PyTorch looks for them then too.</remarks>
internal static partial class NvidiaLibraries
{
    private const int MostMissing = 64;

    /// <summary>Loads the library at <paramref name="path"/>, first those that the linker misses and the Python packages beside <paramref name="folder"/> have.</summary>
    /// <exception cref="DllNotFoundException">It does not load.</exception>
    /// <exception cref="BadImageFormatException">It is for another system.</exception>
    public static nint LoadWith(string folder, string path)
    {
        var loaded = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            try
            {
                return NativeLibrary.Load(path);
            }
            catch (DllNotFoundException error) when (loaded.Count < MostMissing && MissingIn(error.Message) is { } name && Find(folder, name) is { } found && loaded.Add(found))
            {
                LoadWith(folder, found);
            }
        }
    }

    /// <summary>The library that the linker says it cannot find, as <c>libcudart.so.13</c>; null when its message is about something else.</summary>
    public static string? MissingIn(string message) => Missing().Match(message) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The file of that name in a Python package of NVIDIA's beside the libtorch <paramref name="folder"/>.</summary>
    public static string? Find(string folder, string name)
    {
        var packages = Path.GetFullPath(Path.Combine(folder, "..", "..", "nvidia"));
        return Directory.Exists(packages)
            ? Directory.EnumerateDirectories(packages).Order(StringComparer.Ordinal).Select(package => Path.Combine(package, "lib", name)).FirstOrDefault(File.Exists)
            : null;
    }

    [GeneratedRegex(@"^(lib[^\s/:]+): cannot open shared object file", RegexOptions.Multiline)]
    private static partial Regex Missing();
}
