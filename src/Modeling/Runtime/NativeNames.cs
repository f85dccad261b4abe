using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>File names of the native libraries on this operating system, and its runtime identifier.</summary>
internal static class NativeNames
{
    /// <summary>Version of libtorch that the referenced TorchSharp was built against.</summary>
    public const string LibTorchVersion = "2.10.0";

    /// <summary>Libraries every libtorch has, in the order in which they must enter the process.</summary>
    public static IReadOnlyList<string> Required { get; } = [File("c10"), File("torch_cpu"), File("torch")];

    /// <summary>Libraries of a libtorch built for CUDA, in loading order.</summary>
    public static IReadOnlyList<string> Cuda { get; } = [File("c10_cuda"), File("torch_cuda")];

    /// <summary>TorchSharp's native binding.</summary>
    public static string Binding { get; } = File("LibTorchSharp");

    /// <summary>Runtime identifier as NuGet folders spell it, for example <c>linux-x64</c>.</summary>
    public static string Rid { get; } = $"{OperatingSystemPart()}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>The file name of the library called <paramref name="name"/>: <c>libc10.so</c>, <c>c10.dll</c>, <c>libc10.dylib</c>.</summary>
    public static string File(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    private static string OperatingSystemPart() => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
}
