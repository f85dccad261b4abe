using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Finds the images and label maps to test with.</summary>
public static class TestVolumes
{
    /// <summary>The list of test volumes that the reference and <c>samed preprocess</c> write.</summary>
    public const string ListName = "test_vol.txt";

    /// <summary>The folder of test volumes within a preprocessed data set.</summary>
    public const string FolderName = "test_vol_h5";

    private static readonly string[] PairFolders = ["images", "imagesTr"];

    private static readonly string[] Endings = [".npy.h5", ".h5", ".npz"];

    /// <summary>The cases of <paramref name="folder"/>: the test cases of its <c>dataset.json</c> when <c>samed init</c> has described it; else volumes of the reference's kind (<c>case0008.npy.h5</c>, also <c>.npz</c>; of the folder itself or of its
    /// <c>test_vol_h5</c>), or pairs in <c>images/</c> and <c>labels/</c> (nnU-Net: <c>imagesTs/</c> and <c>labelsTs/</c>, else <c>imagesTr/</c> and <c>labelsTr/</c>).</summary>
    /// <param name="folder">The data folder, or its <c>dataset.json</c>.</param>
    /// <param name="listFile">File that names the cases, one per line, in the order in which they are tested; endings of volumes may follow the names. Null: <c>test_vol.txt</c>
    /// of the folder or of its <c>lists</c> when there is one (a described folder: the test cases of its split), else all, in the order of their names.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="DataFolderException">Nothing to test with, an image without labels, or a list that is not there, names what is not there, or names a case twice.</exception>
    public static IReadOnlyList<LabelledFile> Find(string folder, string? listFile = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder) && !File.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder}: there is no such folder to test with.");
        }
        if (DatasetDescription.Find(folder) is { } description)
        {
            return Described(description, listFile is null ? null : ReadList(folder, listFile));
        }
        if (File.Exists(folder))
        {
            throw new DataFolderException(folder, [$"is neither a folder nor a {DatasetDescription.FileName} that samed init wrote. Give the folder, and the names of single cases in a list (--list)."]);
        }
        var names = ReadList(folder, listFile);
        var pairs = PairsIn(folder);
        return names is null
            ? pairs ?? AllVolumes(folder)
            : Named(folder, names, pairs is null ? name => VolumeNamed(folder, name) : name => pairs.FirstOrDefault(pair => pair.Name == name));
    }

    /// <summary>The cases of a described data set: those of the list, else its test cases, else all of a set without a split. Files of single slices are cases of their own.</summary>
    private static LabelledFile[] Described(DatasetDescription description, List<string>? names)
    {
        if (names is null && description.Split is { } split)
        {
            names = split.Test.Count > 0
                ? [.. split.Test]
                : throw new DataFolderException(description.Folder, [$"{DatasetDescription.FileName} sets no case aside for testing. Name the cases in a list (--list), or in the description's split."]);
        }
        var files = description.ToData().Files;
        LabelledFile[] chosen = names is null ? [.. files] : [.. names.SelectMany(name => files.Where(file => file.Name == name))];
        var missing = names?.Except(files.Select(file => file.Name)).ToArray() ?? [];
        return missing.Length == 0
            ? [.. chosen.Select(file => file.SliceIndex is null ? file : file with { Name = VolumeFile.CaseName(file.ImagePath) })]
            : throw new DataFolderException(description.Folder, [$"{DatasetDescription.FileName} has no case {string.Join(", ", missing.Take(20))}."]);
    }

    private static IReadOnlyList<LabelledFile>? PairsIn(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "imagesTs")) && Directory.Exists(Path.Combine(folder, "labelsTs")))
        {
            return DataFolder.FindPairs(folder, "imagesTs", "labelsTs").Files;
        }
        return PairFolders.Any(name => Directory.Exists(Path.Combine(folder, name))) ? DataFolder.Find(folder).Files : null;
    }

    /// <summary>The list that <see cref="Find"/> takes the cases from: <paramref name="listFile"/>, or the one that it finds; null when it needs none.</summary>
    public static string? ListOf(string folder, string? listFile = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return listFile ?? (DatasetDescription.Exists(folder) ? null : ImpliedList(folder));
    }

    private static string? ImpliedList(string folder) =>
        Places(folder).Append(Path.Combine(folder, "lists")).Select(place => Path.Combine(place, ListName)).FirstOrDefault(File.Exists);

    private static List<string>? ReadList(string folder, string? listFile)
    {
        if ((listFile ?? ImpliedList(folder)) is not { } path)
        {
            return null;
        }
        if (!File.Exists(path))
        {
            throw new DataFolderException(folder, [$"the list file {path} (--list) is not there. Give a file that names cases, one per line, or leave it out."]);
        }
        List<string> names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0).Select(VolumeFile.CaseName)];
        var twice = names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => $"{group.Key} is named more than once in {path}").ToArray();
        return (names.Count, twice.Length) switch
        {
            (0, _) => throw new DataFolderException(folder, [$"the list {path} names no case."]),
            (_, > 0) => throw new DataFolderException(folder, twice),
            _ => names,
        };
    }

    private static LabelledFile[] Named(string folder, List<string> names, Func<string, LabelledFile?> find)
    {
        LabelledFile?[] found = [.. names.Select(find)];
        string[] missing = [.. names.Where((_, index) => found[index] is null)];
        return missing.Length == 0
            ? [.. found.OfType<LabelledFile>()]
            : throw new DataFolderException(folder, [$"the list names {missing.Length} of {names.Count} cases that are not there: {string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? ", …" : "")}. " +
                $"Looked for NAME{string.Join(", NAME", Endings)} there and in {FolderName}/, and for pairs in images/ and labels/."]);
    }

    /// <summary>The volume of a case, in the folder or in its <c>test_vol_h5</c>; null when there is none.</summary>
    internal static LabelledFile? VolumeNamed(string folder, string name) =>
        Places(folder).SelectMany(place => Endings.Select(ending => Path.Combine(place, name + ending))).FirstOrDefault(File.Exists) is { } path ? new(name, path, path) : null;

    private static LabelledFile[] AllVolumes(string folder)
    {
        foreach (var place in Places(folder).Where(Directory.Exists))
        {
            LabelledFile[] files = [.. VolumeFile.FilesIn(place).Where(path => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
                .Select(path => new LabelledFile(VolumeFile.CaseName(path), path, path))];
            if (files.Length > 0)
            {
                return files;
            }
        }
        throw new DataFolderException(folder, [$"holds nothing to test with. Expected {FolderName}/ or *.npy.h5, *.h5 or *.npz with image and label, or images/ and labels/ with equally named volumes."]);
    }

    private static string[] Places(string folder) => [folder, Path.Combine(folder, FolderName)];
}
