using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Makes libtorch's OpenMP threads spin only briefly while they wait for each other, and then sleep.</summary>
/// <remarks>GNU OpenMP spins for long by default, which makes everything several times slower as soon as something else wants a core: the threads that prepare the
/// next slices, another job on the node, a second test run. Not spinning at all halves the speed of small networks on an idle machine, because every operation then
/// waits for a thread to wake; a thousand rounds cost neither. The runtime reads its settings from the C environment once, when it is loaded, and .NET's own variables
/// do not reach it, hence setenv. Whoever sets one of the variables decides for himself.</remarks>
internal static class OpenMpWaiting
{
    private static readonly string[] Settings = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"];

    /// <summary>Asks for brief spinning; call it before libtorch is loaded. Does nothing off Linux, where libtorch brings another OpenMP.</summary>
    public static void SpinBriefly()
    {
        if (OperatingSystem.IsLinux() && !Settings.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            _ = SetEnv("GOMP_SPINCOUNT", "1000", overwrite: 0);
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnv(string name, string value, int overwrite);
}
