namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Where native libraries may lie: beside the program, where the host was told to look, and last in NuGet's packages folder.</summary>
internal static class NativeFolders
{
    /// <summary>The first folder that holds a whole libtorch.</summary>
    /// <exception cref="LibTorchLoadException">No folder does.</exception>
    public static string FindLibTorch()
    {
        var searched = Candidates($"libtorch-cpu-{NativeNames.Rid}", NativeNames.LibTorchVersion).ToArray();
        return searched.FirstOrDefault(folder => Missing(folder).Count == 0) ?? throw new LibTorchLoadException(
            $"No libtorch {NativeNames.LibTorchVersion} was found for {NativeNames.Rid}. " +
            $"Wanted {string.Join(", ", NativeNames.Required)} in one of: {string.Join("; ", searched)}. " +
            $"Reference the package libtorch-cpu-{NativeNames.Rid} {NativeNames.LibTorchVersion} in the program's project, " +
            $"or set {LibTorch.FolderVariable} to a libtorch {NativeNames.LibTorchVersion} folder " +
            "(a `pip install torch==2.10.*` has one in site-packages/torch/lib).");
    }

    /// <summary>The user's own libtorch <paramref name="folder"/>, or its <c>lib</c> sub-folder, as a full path.</summary>
    /// <exception cref="LibTorchLoadException">The folder is absent or libraries are missing in it.</exception>
    public static string CheckOwn(string folder)
    {
        var full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new LibTorchLoadException($"The libtorch folder '{full}' does not exist. Name the folder that holds {NativeNames.Required[0]}.");
        }
        var lib = Path.Combine(full, "lib");
        if (Missing(full).Count > 0 && Missing(lib).Count == 0)
        {
            return lib;
        }
        var missing = Missing(full);
        return missing.Count == 0 ? full : throw new LibTorchLoadException(
            $"The libtorch folder '{full}' lacks {string.Join(", ", missing)}. " +
            $"Name the folder of a whole libtorch {NativeNames.LibTorchVersion} for {NativeNames.Rid}: the one that holds {string.Join(", ", NativeNames.Required)}.");
    }

    /// <summary>The first file of TorchSharp's native binding.</summary>
    /// <exception cref="LibTorchLoadException">There is none.</exception>
    public static string FindBinding()
    {
        var version = typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(3) ?? "0.107.0";
        var searched = Candidates("torchsharp", version).ToArray();
        return searched.Select(folder => Path.Combine(folder, NativeNames.Binding)).FirstOrDefault(File.Exists) ?? throw new LibTorchLoadException(
            $"TorchSharp's native binding {NativeNames.Binding} was not found in: {string.Join("; ", searched)}. " +
            $"It belongs to the package TorchSharp {version}, which supports win-x64, linux-x64 and osx-arm64; this process is {NativeNames.Rid}. " +
            "Restore and build the program again.");
    }

    /// <summary>On first use TorchSharp loads <c>torch_cpu</c> by name. A copy in a folder that .NET searches by itself would then come into the process as
    /// a second libtorch, which ends the process.</summary>
    /// <exception cref="LibTorchLoadException">There is such a copy, and it is not the one in <paramref name="folder"/>.</exception>
    public static void RefuseSecond(string folder) =>
        RefuseSecond(folder, Probing().Append(Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) ?? ""));

    /// <summary>As <see cref="RefuseSecond(string)"/>, for the folders that .NET searches.</summary>
    public static void RefuseSecond(string folder, IEnumerable<string> searched)
    {
        var torchCpu = NativeNames.File("torch_cpu");
        var second = searched.Select(Normalize).FirstOrDefault(probed => File.Exists(Path.Combine(probed, torchCpu)));
        if (second is not null && second != Normalize(folder))
        {
            throw new LibTorchLoadException(
                $"libtorch was to be loaded from '{folder}', but .NET would load a second one from '{second}'. " +
                $"Build the program without the libtorch package (-p:Torch=none), remove {torchCpu} from '{second}', or use that libtorch by unsetting {LibTorch.FolderVariable}.");
        }
    }

    private static List<string> Missing(string folder) => NativeNames.Required.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();

    private static IEnumerable<string> Candidates(string package, string version)
    {
        var packaged = Path.Combine("runtimes", NativeNames.Rid, "native");
        var program = AppContext.BaseDirectory;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set : Path.Combine(home, ".nuget", "packages");
        // What .NET finds by itself comes first: it must not differ from what is loaded here (see RefuseSecond).
        return Probing().Append(Path.Combine(program, packaged)).Append(program)
            .Append(Path.Combine(program, "libtorch"))
            .Append(Path.Combine(packages, package, version, packaged))
            .Select(Normalize)
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Folders in which .NET looks for a native library's name.</summary>
    private static string[] Probing() =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string Normalize(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Length > 0 ? folder : "."));
}
