using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Makes libtorch's OpenMP threads sleep instead of spin while they wait for each other.</summary>
/// <remarks>GNU OpenMP spins by default, which is a little faster on an idle machine and several times slower as soon as anything else wants a core: the threads that
/// prepare the next slices, another job on the node, a second test run. The runtime reads its settings from the C environment once, when it is loaded, and .NET's
/// own variables do not reach it, hence setenv. Whoever sets one of the variables decides for himself.</remarks>
internal static class OpenMpWaiting
{
    private static readonly string[] Settings = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"];

    /// <summary>Asks for passive waiting; call it before libtorch is loaded. Does nothing off Linux, where libtorch brings another OpenMP.</summary>
    public static void PreferSleeping()
    {
        if (OperatingSystem.IsLinux() && !Settings.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            _ = SetEnv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        }
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnv(string name, string value, int overwrite);
}
