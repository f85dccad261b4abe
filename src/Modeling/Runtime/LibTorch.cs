using System.Runtime.InteropServices;
using TorchSharp;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Finds libtorch and brings it into the process before TorchSharp is first used.</summary>
/// <remarks>Every entry point of this library calls <see cref="Load"/>. A program that uses TorchSharp itself calls it first.</remarks>
public static class LibTorch
{
    /// <summary>Environment variable that names the folder of a user's own libtorch, for example one with CUDA.</summary>
    public const string FolderVariable = "SAMED_LIBTORCH";

    /// <summary>Environment variable that, set to <c>1</c>, lets a user's own libtorch be of another 2.x version than the one that TorchSharp was built for. Every function that
    /// TorchSharp calls must be in it, or it is refused; whether they still do the same is not known, and <see cref="LibTorchInfo.Notes"/> says so.</summary>
    public const string AnyVersionVariable = "SAMED_LIBTORCH_ANY";

    private static readonly object Gate = new();
    private static LibTorchInfo? _loaded;

    /// <summary>What <see cref="Load"/> found; null before its first call. Loads nothing.</summary>
    public static LibTorchInfo? Loaded
    {
        get
        {
            lock (Gate)
            {
                return _loaded;
            }
        }
    }

    /// <summary>Loads libtorch once per process; later calls return what the first one found. Safe on any thread.</summary>
    /// <param name="folder">A folder with a libtorch of one's own; null takes <see cref="FolderVariable"/>, else the libtorch beside the program,
    /// else the one in NuGet's packages folder.</param>
    /// <exception cref="LibTorchLoadException">No usable libtorch, or another folder is asked for after one is loaded.</exception>
    public static LibTorchInfo Load(string? folder = null)
    {
        lock (Gate)
        {
            if (_loaded is null)
            {
                var own = folder ?? Environment.GetEnvironmentVariable(FolderVariable);
                return _loaded = LoadFrom(string.IsNullOrEmpty(own) ? null : own);
            }
            if (folder is not null && NativeFolders.CheckOwn(folder) != _loaded.Folder)
            {
                throw new LibTorchLoadException(
                    $"libtorch is already loaded from '{_loaded.Folder}'; one process cannot change to '{folder}'. " +
                    "Name the folder before anything else uses libtorch.");
            }
            return _loaded;
        }
    }

    private static LibTorchInfo LoadFrom(string? own)
    {
        var folder = own is null ? NativeFolders.FindLibTorch() : NativeFolders.CheckOwn(own);
        NativeFolders.RefuseSecond(folder);
        var binding = NativeFolders.FindBinding();
        OpenMpWaiting.SpinBriefly();
        NativeHeap.KeepFreedMemory();
        var handles = NativeNames.Required.ToDictionary(name => name, name => LoadLibrary(folder, name));
        var takeAny = own is not null && Environment.GetEnvironmentVariable(AnyVersionVariable) == "1";
        var (version, isTested) = LibTorchVersion.Require(handles[NativeNames.File("torch_cpu")], folder, takeAny);
        var notes = new List<string>();
        var hasCuda = LoadCuda(folder, notes);
        var (file, isCopy) = BindingLibrary.Load(binding, everySymbol: !isTested);
        if (!isTested)
        {
            notes.Add($"libtorch {version} is used untested because {AnyVersionVariable} is set: TorchSharp was built for {NativeNames.LibTorchVersion}. Every function that it calls is there; compare results before you trust them.");
        }
        InitializeTorchSharp(folder);
        var cudaCount = hasCuda ? CountCuda(notes) : 0;
        return new LibTorchInfo(
            version,
            folder,
            file,
            $"{(own is null ? "libtorch of the program" : "user's own libtorch")}, TorchSharp binding " +
            (isCopy ? "in a compatible copy (the system's libstdc++ has no GLIBCXX_3.4.32)" : "as shipped"),
            ["cpu", .. Enumerable.Range(0, cudaCount).Select(index => $"cuda:{index}")],
            torch.get_num_threads(),
            CpuFeatures.Capability,
            CpuFeatures.HasBf16,
            notes);
    }

    private static nint LoadLibrary(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return NvidiaLibraries.LoadWith(folder, path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new LibTorchLoadException(
                $"'{path}' does not load: {error.Message.Trim()} Use a libtorch {NativeNames.LibTorchVersion} built for {NativeNames.Rid} and this system.", error);
        }
    }

    private static bool LoadCuda(string folder, List<string> notes)
    {
        var present = NativeNames.Cuda.Where(name => File.Exists(Path.Combine(folder, name))).ToList();
        try
        {
            present.ForEach(name => LoadLibrary(folder, name));
            return present.Count == NativeNames.Cuda.Count;
        }
        catch (LibTorchLoadException error)
        {
            notes.Add($"This libtorch has CUDA, but its CUDA part is unusable, so only the CPU is used: {error.Message}");
            return false;
        }
    }

    private static void InitializeTorchSharp(string folder)
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception error) when (error is NotSupportedException or TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new LibTorchLoadException($"libtorch is loaded from '{folder}', but TorchSharp does not accept it: {error.Message}", error);
        }
    }

    private static int CountCuda(List<string> notes)
    {
        if (torch.TryInitializeDeviceType(DeviceType.CUDA))
        {
            return torch.cuda.device_count();
        }
        notes.Add("This libtorch has CUDA, but no usable NVIDIA device or driver was found, so only the CPU is used.");
        return 0;
    }
}
