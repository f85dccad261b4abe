using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Asks a loaded libtorch for its version.</summary>
internal static class LibTorchVersion
{
    private const string Export = "aoti_torch_abi_version";

    /// <summary>The version that <c>torch_cpu</c> reports, once it is known to be the one that the binding needs.</summary>
    /// <exception cref="LibTorchLoadException">Another version.</exception>
    public static unsafe string Require(nint torchCpu, string folder)
    {
        if (!NativeLibrary.TryGetExport(torchCpu, Export, out var address))
        {
            throw Wrong(folder, "one too old to say its version");
        }
        var version = Describe(((delegate* unmanaged<ulong>)address)());
        var wanted = NativeNames.LibTorchVersion;
        return version.StartsWith(wanted[..(wanted.LastIndexOf('.') + 1)], StringComparison.Ordinal) ? version : throw Wrong(folder, version);
    }

    /// <summary>Text of libtorch's packed version: major, minor and patch in the three highest bytes.</summary>
    public static string Describe(ulong packed) => $"{packed >> 56}.{packed >> 48 & 0xff}.{packed >> 40 & 0xff}";

    private static LibTorchLoadException Wrong(string folder, string got) => new(
        $"The libtorch in '{folder}' is of the wrong version: expected {NativeNames.LibTorchVersion}, got {got}. " +
        $"TorchSharp's binding works with that version only; install it (`pip install torch==2.10.*` has one in site-packages/torch/lib) " +
        $"or unset {LibTorch.FolderVariable} to use the program's own.");
}
