using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Loads a library with every function that it calls found at once, so that a missing one is an error that names it and not the end of the process later.</summary>
/// <remarks>.NET binds lazily on Linux and macOS; Windows always binds at once.</remarks>
internal static class ImmediateBinding
{
    private const int Now = 2;                                                                // RTLD_NOW, the same on Linux and macOS

    /// <summary>Loads the library at <paramref name="path"/>; it stays in the process.</summary>
    /// <exception cref="DllNotFoundException">It does not load; the message is the dynamic linker's.</exception>
    public static void Load(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            NativeLibrary.Load(path);
            return;
        }
        // Finding dlerror itself clears the linker's last message, so it is found before there is one.
        _ = TakeError();
        if (Open(path, Now) == 0)
        {
            throw new DllNotFoundException(Marshal.PtrToStringUTF8(TakeError()) ?? $"'{path}' does not load, and the dynamic linker does not say why.");
        }
    }

    [DllImport("libc", EntryPoint = "dlopen")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint TakeError();
}
