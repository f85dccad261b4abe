using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>The output folder of a preparation: what may be removed from it, and what must not be.</summary>
internal sealed class PreparedFolder(DataPreparationOptions options)
{
    /// <summary>Where the lists go, relative to the output folder.</summary>
    public const string ListFolder = "lists";

    /// <summary>The list of the training slices or volumes.</summary>
    public const string TrainingList = "train.txt";

    /// <summary>The list of the test cases.</summary>
    public const string TestList = "test_vol.txt";

    /// <summary>The list of all cases.</summary>
    public const string WholeList = "all.txt";

    private readonly object _lock = new();
    private bool _isUnlisted;

    /// <summary>Refuses an output that is a file, and data that lie where files are written: preparing would destroy what it reads. Changes nothing.</summary>
    /// <param name="sources">The files to read.</param>
    /// <exception cref="DataPreparationException">It is so.</exception>
    public void RefuseUnsafe(IEnumerable<string> sources)
    {
        if (File.Exists(options.Output))
        {
            throw new DataPreparationException(options.Output, ["is a file, and the prepared data need a folder. Give another output folder (--output; Output in the options), or move the file away."]);
        }
        var written = new[] { CaseWriter.TrainingFolder(options), CaseWriter.TestFolder, ListFolder }
            .Select(name => FilePath.Resolve(Path.Combine(options.Output, name)) + Path.DirectorySeparatorChar).ToArray();
        var ignoreCase = FilePath.Comparer == StringComparer.OrdinalIgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        Refuse(Read(sources).Where(path => Array.Exists(written, folder => path.StartsWith(folder, ignoreCase))), "where files would be written");
    }

    /// <summary>Refuses data that are themselves what an earlier preparation wrote and this one replaces.</summary>
    /// <param name="sources">The files to read.</param>
    /// <param name="replaced">The files to remove, relative to the folder.</param>
    /// <exception cref="DataPreparationException">It is so.</exception>
    public void RefuseReplaced(IEnumerable<string> sources, IEnumerable<string> replaced)
    {
        var files = replaced.Select(path => FilePath.Resolve(Path.Combine(options.Output, path))).ToHashSet(FilePath.Comparer);
        Refuse(files.Count == 0 ? [] : Read(sources).Where(files.Contains), "among the files that would be replaced");
    }

    /// <summary>Before the first file changes: lists and record of an earlier preparation, which would name what is no longer so. They are written when every case is there.</summary>
    public void Unlist()
    {
        lock (_lock)
        {
            if (!_isUnlisted)
            {
                _isUnlisted = true;
                Remove([.. new[] { TrainingList, TestList, WholeList }.Select(name => Path.Combine(ListFolder, name)), RunRecord.FileName]);
            }
        }
    }

    /// <summary>Removes files of the folder; those that have gone already are passed over.</summary>
    public void Remove(IEnumerable<string> paths)
    {
        foreach (var path in paths.Select(path => Path.Combine(options.Output, path)).Where(File.Exists))
        {
            File.Delete(path);
        }
    }

    /// <summary>Removes files of an earlier preparation, and their folders where these are empty then.</summary>
    public void RemoveReplaced(IReadOnlyCollection<string> paths)
    {
        Remove(paths);
        foreach (var folder in paths.Select(path => Path.GetDirectoryName(Path.Combine(options.Output, path))!).Distinct().Where(Directory.Exists))
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    private IEnumerable<string> Read(IEnumerable<string> sources) => (options.ListFile is { } list ? sources.Append(list) : sources).Select(FilePath.Resolve);

    private void Refuse(IEnumerable<string> lying, string where)
    {
        if (lying.ToArray() is { Length: > 0 } files)
        {
            throw new DataPreparationException(options.Output,
                [$"the data to prepare lie {where}, and would be lost: {files[0]}{(files.Length > 1 ? $" and {files.Length - 1} more" : "")}. Give another output folder (--output; Output in the options)."]);
        }
    }
}
