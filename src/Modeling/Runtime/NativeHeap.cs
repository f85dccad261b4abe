using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Makes the C library keep the memory that libtorch has freed for what it asks for next.</summary>
/// <remarks>Every layer allocates and frees tens of MiB. By default glibc gives such memory back to the system each time, and each page costs a fault and is cleared
/// when it is used again: a tenth to a fifth of a forward pass. Whoever sets one of glibc's own variables decides for himself.</remarks>
internal static class NativeHeap
{
    private const int TrimThreshold = -1, MapThreshold = -3;
    private const int KeptBytes = 256 << 20;

    // The largest that glibc accepts: larger blocks are mapped, and given back, one by one.
    private const int MappedFromBytes = 32 << 20;
    private static readonly string[] Settings = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"];

    private static bool s_isTuned;

    /// <summary>Asks for it, for the whole process. Does nothing off Linux and where the C library is not glibc.</summary>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux() || Settings.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }))
        {
            return;
        }
        if (NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "mallopt", out _))
        {
            _ = MallOpt(MapThreshold, MappedFromBytes);
            _ = MallOpt(TrimThreshold, KeptBytes);
            s_isTuned = true;
        }
    }

    /// <summary>Gives the memory of freed blocks between used ones back to the system.</summary>
    /// <remarks>What a layer keeps for the backward pass lies between what it has freed, and glibc before 2.38 cannot put an aligned block into a hole of its own size,
    /// so holes of a training step remain: without this they are a third of its memory.</remarks>
    public static void GiveBackHoles()
    {
        if (s_isTuned)
        {
            _ = MallocTrim(0);
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallocTrim(nuint pad);

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MallOpt(int parameter, int value);
}
