using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>How far a preparation is.</summary>
/// <param name="Case">The case that was finished.</param>
/// <param name="WasKept">Whether its files were there already.</param>
/// <param name="Done">Cases finished.</param>
/// <param name="Total">Cases in all.</param>
public readonly record struct PreparationProgress(string Case, bool WasKept, int Done, int Total);

/// <summary>Prepared data.</summary>
/// <param name="Folder">The output folder.</param>
/// <param name="TrainingFolder">The folder of the training files; it need not exist when every case is a test case.</param>
/// <param name="TestFolder">The folder of the test volumes; it need not exist when there is no test case.</param>
/// <param name="ListFolder">The folder of <c>train.txt</c>, <c>test_vol.txt</c> and <c>all.txt</c>.</param>
/// <param name="Cases">Every case, in the order of their names.</param>
/// <param name="KeptCases">How many of them were there already.</param>
public sealed record DataPreparationResult(string Folder, string TrainingFolder, string TestFolder, string ListFolder, IReadOnlyList<PreparedCase> Cases, int KeptCases)
{
    /// <summary>The files that were read, with their hashes, each once.</summary>
    public IReadOnlyList<HashedFile> Sources { get; } = [.. Cases.SelectMany(item => item.Sources).DistinctBy(file => file.Path).OrderBy(file => file.Path, StringComparer.Ordinal)];
}

/// <summary>Makes the reference's training slices, test volumes and lists from images and label maps. Source of the layout: SAMed, preprocess/preprocess_data.py and
/// subsample_datasets.py.</summary>
public static class DataPreparation
{
    /// <summary>Prepares every case, several at a time. Finished cases of an interrupted run, whose files are whole and whose sources have not changed, are kept.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DirectoryNotFoundException">A folder of the data does not exist.</exception>
    /// <exception cref="DataFolderException">The data folder does not hold what is needed.</exception>
    /// <exception cref="DataPreparationException">Files do not pair, the output folder holds another preparation or the data
    /// themselves, or cases could not be read; those that could are done.</exception>
    public static DataPreparationResult Execute(
        DataPreparationOptions options, IProgress<PreparationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var cases = PreparationCase.Find(options);
        var folder = new PreparedFolder(options);
        using var journal = PreparationJournal.Open(options, cases, folder);
        RemoveLeftOvers(options);
        var (prepared, kept) = PrepareAll(options, cases, folder, journal, progress, cancellationToken);
        WriteLists(options, prepared);
        journal.Finish(prepared);
        return new(options.Output, Path.Combine(options.Output, CaseWriter.TrainingFolder(options)), Path.Combine(options.Output, CaseWriter.TestFolder),
            Path.Combine(options.Output, PreparedFolder.ListFolder), prepared, kept);
    }

    private static (PreparedCase[] Prepared, int Kept) PrepareAll(
        DataPreparationOptions options, IReadOnlyList<PreparationCase> cases, PreparedFolder folder, PreparationJournal journal, IProgress<PreparationProgress>? progress, CancellationToken cancellationToken)
    {
        var writer = new CaseWriter(options);
        var (prepared, faults, kept, done) = (new PreparedCase[cases.Count], new string?[cases.Count], 0, 0);
        var workers = options.Workers > 0 ? options.Workers : Math.Min(Environment.ProcessorCount, 4);
        EachFile.Do(cases.Count, index =>
        {
            var item = cases[index];
            var wasKept = false;
            try
            {
                (prepared[index], wasKept) = Prepare(options, item, writer, folder, journal, cancellationToken);
            }
            // One damaged case must not cost the others; all are told at the end.
            catch (Exception fault) when (fault is VolumeFormatException or LabelTableException)
            {
                faults[index] = fault.Message;
            }
            lock (prepared)
            {
                kept += wasKept ? 1 : 0;
                progress?.Report(new(item.Name, wasKept, ++done, cases.Count));
            }
        }, cancellationToken, workers);
        return faults.OfType<string>().ToArray() is { Length: > 0 } told
            ? throw new DataPreparationException(options.Output, [$"{told.Length} of {cases.Count} cases could not be prepared (the others are done, and kept when this is run again):", .. told])
            : (prepared, kept);
    }

    private static (PreparedCase Prepared, bool WasKept) Prepare(
        DataPreparationOptions options, PreparationCase item, CaseWriter writer, PreparedFolder folder, PreparationJournal journal, CancellationToken cancellationToken)
    {
        HashedFile[] sources = [.. item.Sources.Select(path => HashedFile.Of(path))];
        if (journal.Earlier.TryGetValue(item.Name, out var earlier) && earlier.IsOf(sources) && earlier.IsWhole(options.Output))
        {
            return (earlier with { Sources = sources }, true);
        }
        folder.Unlist();
        var prepared = writer.Write(item, sources, cancellationToken);
        journal.RemoveStale(prepared);
        journal.Add(prepared);
        return (prepared, false);
    }

    /// <summary>What a killed process was in the middle of writing.</summary>
    private static void RemoveLeftOvers(DataPreparationOptions options)
    {
        foreach (var folder in new[] { CaseWriter.TrainingFolder(options), CaseWriter.TestFolder, PreparedFolder.ListFolder }.Select(name => Path.Combine(options.Output, name)).Where(Directory.Exists))
        {
            Directory.EnumerateFiles(folder, ".*.part").ToList().ForEach(File.Delete);
        }
    }

    private static void WriteLists(DataPreparationOptions options, IReadOnlyList<PreparedCase> cases)
    {
        var byName = cases.ToDictionary(item => item.Case, StringComparer.Ordinal);
        Write(PreparedFolder.TrainingList, cases.Where(item => !item.IsTest).SelectMany(item => item.Outputs).Select(file => VolumeFile.CaseName(file.Path)));
        Write(PreparedFolder.TestList, options.TestCases.Where(byName.ContainsKey));
        Write(PreparedFolder.WholeList, cases.Select(item => item.Case + ".npy.h5"));

        void Write(string name, IEnumerable<string> lines) =>
            AtomicFile.WriteText(Path.Combine(options.Output, PreparedFolder.ListFolder, name), string.Concat(lines.Select(line => line + "\n")));
    }
}
