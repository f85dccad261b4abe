using System.Runtime.InteropServices;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Brings TorchSharp's native binding into the process, through a compatible copy where the system's libstdc++ is older than GCC 13's.</summary>
/// <remarks>The shipped Linux binding asks for <c>GLIBCXX_3.4.32</c> for one symbol, a marker that including <c>&lt;iostream&gt;</c> leaves behind and that nothing
/// calls. Debian 12 and Ubuntu 22.04 end at 3.4.30 and refuse the library. The copy has that one requirement made optional (<see cref="ElfVersionNeed"/>).
/// Once the copy is in the process, the dynamic linker hands it to TorchSharp by its SONAME.</remarks>
internal static class BindingLibrary
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";

    /// <summary>Loads the binding at <paramref name="path"/> and says which file is in the process and whether it is the copy.</summary>
    /// <param name="path">The shipped binding.</param>
    /// <param name="everySymbol">Whether every function that it calls must be found now. By default each is looked for at its first call, and a missing one
    /// ends the process there.</param>
    /// <exception cref="LibTorchLoadException">It cannot be loaded, and not for the one reason that the copy mends.</exception>
    public static (string File, bool IsCopy) Load(string path, bool everySymbol = false)
    {
        Action<string> open = everySymbol ? ImmediateBinding.Load : file => NativeLibrary.Load(file);
        try
        {
            open(path);
            return (path, false);
        }
        catch (DllNotFoundException error) when (OperatingSystem.IsLinux() && error.Message.Contains(Version, StringComparison.Ordinal))
        {
            return (LoadCopy(path, open), true);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw Failed(path, error);
        }
    }

    /// <summary>The bytes of the binding at <paramref name="path"/> with the one requirement made optional.</summary>
    /// <exception cref="LibTorchLoadException">The file is not the expected library, or needs more of that version than the one marker.</exception>
    public static byte[] CompatibleContent(string path)
    {
        try
        {
            return ElfVersionNeed.MakeOptional(File.ReadAllBytes(path), Version, Symbol);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new LibTorchLoadException(
                $"'{path}' needs {Version}, which this system's libstdc++ lacks, and no compatible copy can be made of it: {error.Message} " +
                "Use a system with GCC 13's libstdc++ or newer (Debian 13, Ubuntu 24.04), or restore the TorchSharp package again.", error);
        }
    }

    private static string LoadCopy(string path, Action<string> open)
    {
        var content = CompatibleContent(path);
        if (PrivateCache.DefaultFolder is not { } cache)
        {
            return LoadOnce(path, content, open);
        }
        try
        {
            return LoadOrFail(PrivateCache.Provide(cache, Path.GetFileName(path), content), open);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return LoadOnce(path, content, open);
        }
    }

    /// <summary>Without a usable home folder: a fresh private folder, removed as soon as the library is mapped; what stays on disk is the shipped file.</summary>
    private static string LoadOnce(string path, byte[] content, Action<string> open)
    {
        try
        {
            var folder = Directory.CreateTempSubdirectory("samed-mlnet-");
            try
            {
                LoadOrFail(PrivateCache.Provide(folder.FullName, Path.GetFileName(path), content), open);
                return path;
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LibTorchLoadException(
                $"'{path}' needs {Version}, which this system lacks, and its compatible copy can be written neither to '{PrivateCache.DefaultFolder ?? "~/.cache"}' " +
                $"nor to '{Path.GetTempPath()}': {error.Message} Make one of them writable, or set XDG_CACHE_HOME to a folder that is.", error);
        }
    }

    private static string LoadOrFail(string path, Action<string> open)
    {
        try
        {
            open(path);
            return path;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw Failed(path, error);
        }
    }

    private static LibTorchLoadException Failed(string path, Exception error) => new(
        $"TorchSharp's native binding '{path}' does not load: {error.Message.Trim()} " +
        $"It needs libtorch {NativeNames.LibTorchVersion}, a 64-bit C++ runtime and glibc 2.34 or newer.", error);
}
