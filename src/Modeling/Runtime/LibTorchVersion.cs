using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Asks a loaded libtorch for its version.</summary>
internal static class LibTorchVersion
{
    private const string Export = "aoti_torch_abi_version";

    /// <summary>The version that <c>torch_cpu</c> reports, and whether it is the one that the binding was built for.</summary>
    /// <param name="torchCpu">Handle of the loaded library.</param>
    /// <param name="folder">Where it lies, for the message.</param>
    /// <param name="takeAny">Whether another 2.x is let through, see <see cref="LibTorch.AnyVersionVariable"/>.</param>
    /// <exception cref="LibTorchLoadException">Another version.</exception>
    public static unsafe (string Version, bool IsTested) Require(nint torchCpu, string folder, bool takeAny)
    {
        if (!NativeLibrary.TryGetExport(torchCpu, Export, out var address))
        {
            throw Wrong(folder, "one too old to say its version");
        }
        var version = Describe(((delegate* unmanaged<ulong>)address)());
        return IsTested(version) ? (version, true)
            : takeAny && version.StartsWith("2.", StringComparison.Ordinal) ? (version, false)
            : throw Wrong(folder, version);
    }

    /// <summary>Whether a version is of the series that the binding was built for.</summary>
    public static bool IsTested(string version) =>
        version.StartsWith(NativeNames.LibTorchVersion[..(NativeNames.LibTorchVersion.LastIndexOf('.') + 1)], StringComparison.Ordinal);

    /// <summary>Text of libtorch's packed version: major, minor and patch in the three highest bytes.</summary>
    public static string Describe(ulong packed) => $"{packed >> 56}.{packed >> 48 & 0xff}.{packed >> 40 & 0xff}";

    private static LibTorchLoadException Wrong(string folder, string got) => new(
        $"The libtorch in '{folder}' is of the wrong version: expected {NativeNames.LibTorchVersion}, got {got}. " +
        $"TorchSharp's binding is built for that version; install it (`pip install torch==2.10.*` has one in site-packages/torch/lib), " +
        $"unset {LibTorch.FolderVariable} to use the program's own, or set {LibTorch.AnyVersionVariable}=1 to try another 2.x untested.");
}
