using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A sweep on disk: <c>sweep.json</c> (its definition), <c>trials.jsonl</c> (what happened), <c>trials.csv</c> (one row per trial), <c>summary.json</c> (figures per point),
/// and a folder per trial, <c>trials/0007</c>, whose <c>result.json</c> says that the trial is done. Only one process keeps a sweep at a time; trials write into their own folders only.</summary>
public sealed class SweepFolder : ISweepRecord, IDisposable
{
    /// <summary>The file of the definition.</summary>
    public const string DefinitionName = "sweep.json";

    /// <summary>The file of the figures.</summary>
    public const string SummaryName = "summary.json";

    /// <summary>A table of a thousand rows need not be written a thousand times.</summary>
    private static readonly TimeSpan s_tableEvery = TimeSpan.FromSeconds(1);

    private readonly FileStream _lock;
    private readonly SweepJournal _journal;
    private readonly HashSet<(int Trial, int? UntilEpoch)> _taken;
    private readonly System.Diagnostics.Stopwatch _sinceTable = new();

    private SweepFolder(string path, FileStream claim, SweepJournal journal, IEnumerable<SweepEvent> earlier)
    {
        (Path, _lock, _journal) = (path, claim, journal);
        _taken = [.. earlier.Where(entry => entry is { Event: SweepEventKind.TrialCompleted, Trial: not null }).Select(entry => (entry.Trial!.Value, entry.UntilEpoch))];
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of a trial: <c>OUTPUT/trials/0007</c>.</summary>
    public static string TrialFolderOf(string output, int trial) => System.IO.Path.Combine(output, "trials", trial.ToString("0000", CultureInfo.InvariantCulture));

    /// <summary>Whether <paramref name="path"/> holds a sweep that has begun its first trial.</summary>
    public static bool HoldsSweep(string path)
    {
        var trials = System.IO.Path.Combine(path, "trials");
        return File.Exists(System.IO.Path.Combine(path, DefinitionName)) && Directory.Exists(trials) && Directory.EnumerateFileSystemEntries(trials).Any();
    }

    /// <summary>The highest number of a trial in <paramref name="path"/> that is done; null when none is.</summary>
    internal static int? LastDone(string path)
    {
        var trials = System.IO.Path.Combine(path, "trials");
        return Directory.Exists(trials)
            ? Directory.EnumerateDirectories(trials).Where(folder => File.Exists(System.IO.Path.Combine(folder, TrialResultFile.Name)))
                .Select(folder => int.TryParse(System.IO.Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null).Max()
            : null;
    }

    /// <summary>Whether the sweep of <paramref name="definition"/> may be kept in <paramref name="path"/>; nothing is written.</summary>
    /// <exception cref="SweepFolderException">It is a file, holds a sweep and <paramref name="resume"/> is false, holds another one, its definition is damaged,
    /// or its files are not those that it began with.</exception>
    public static void Check(string path, SweepDefinition definition, bool resume)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (File.Exists(path))
        {
            throw new SweepFolderException(path, "is a file. Give a folder for the sweep.");
        }
        if (Directory.Exists(path) && Training.RunFolder.HoldsRun(path))
        {
            throw new SweepFolderException(path, "holds a training run. Give another folder for the sweep (--output).");
        }
        if (!HoldsSweep(path))
        {
            return;
        }
        if (!resume)
        {
            throw new SweepFolderException(path, "holds a sweep already. Use --resume to continue it, or another --output.");
        }
        var earlier = ReadDefinition(System.IO.Path.Combine(path, DefinitionName));
        if (earlier.Fingerprint != definition.Fingerprint)
        {
            throw new SweepFolderException(path, $"holds another sweep, which cannot be continued with these options:{Environment.NewLine}  " +
                string.Join(Environment.NewLine + "  ", definition.DifferencesFrom(earlier)));
        }
        if (FileDifferences.Of(earlier.Files, definition.Files) is { Count: > 0 } changes)
        {
            throw new SweepFolderException(path, $"was begun with other files, and trials of both cannot be compared:{Environment.NewLine}  " +
                string.Join(Environment.NewLine + "  ", changes) + $"{Environment.NewLine}Put the files back as they were, or begin anew in another --output.");
        }
    }

    /// <summary>Opens <paramref name="path"/> for the sweep of <paramref name="definition"/>, and keeps other processes out until it is disposed.</summary>
    /// <exception cref="SweepFolderException">As <see cref="Check"/>, or another process runs a sweep in the folder.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static SweepFolder Open(string path, SweepDefinition definition, bool resume)
    {
        Check(path, definition, resume);
        var resuming = HoldsSweep(path);
        Directory.CreateDirectory(System.IO.Path.Combine(path, "trials"));
        var claim = Claim(path);
        try
        {
            var journalPath = System.IO.Path.Combine(path, SweepJournal.FileName);
            if (!resuming)
            {
                WriteDefinition(path, definition);
                File.Delete(journalPath);
            }
            var journal = SweepJournal.Open(journalPath);
            journal.Append(new() { Event = resuming ? SweepEventKind.Resumed : SweepEventKind.Started, Note = definition.Fingerprint });
            return new(path, claim, journal, SweepJournal.Read(journalPath));
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TrialResult? Find(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var folder = TrialFolderOf(Path, settings.TrialId);
        if (TrialResultFile.Read(folder) is not { } result)
        {
            return null;
        }
        var was = result.TrialSettings;
        if (!was.Parameter.Equals(settings.Parameter) || (settings.Seed is { } seed && was.Seed != seed))
        {
            throw new SweepFolderException(folder, $"holds a trial of another point: was {Describe(was)}, now {Describe(settings)}. The tuner does not propose what it proposed before; use another folder.");
        }
        return (was.UntilEpoch, settings.UntilEpoch) switch
        {
            (null, { } until) => TrialResultFile.After(result, until),
            ({ } done, { } until) when done >= until => TrialResultFile.After(result, until),
            (null, null) => result,
            _ => null,
        };
    }

    /// <inheritdoc/>
    public void Write(SweepEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        // A trial that was done before the sweep was resumed has its record already, unless the crash came between its result and the record.
        if (entry is { Event: SweepEventKind.TrialCompleted, Trial: { } trial } && !_taken.Add((trial, entry.UntilEpoch)))
        {
            return;
        }
        _journal.Append(entry);
    }

    /// <inheritdoc/>
    public void Save(IReadOnlyList<TrialRecord> trials, bool last)
    {
        if (!last && _sinceTable.IsRunning && _sinceTable.Elapsed < s_tableEvery)
        {
            return;
        }
        _sinceTable.Restart();
        AtomicFile.WriteText(System.IO.Path.Combine(Path, TrialTable.FileName), TrialTable.ToCsv(trials));
        if (last)
        {
            AtomicFile.WriteText(System.IO.Path.Combine(Path, SummaryName), SweepSummary.Of(trials).ToJson());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        _lock.Dispose();
    }

    private static string Describe(TrialSettings settings) => $"{settings.Parameter}{(settings.Seed is { } seed ? string.Create(CultureInfo.InvariantCulture, $" seed {seed}") : "")}";

    private static FileStream Claim(string path)
    {
        var name = System.IO.Path.Combine(path, ".lock");
        try
        {
            return new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException fault) when (File.Exists(name))
        {
            throw new SweepFolderException(path, "another process runs a sweep in this folder. Wait for it, or give another --output.", fault);
        }
    }

    private static void WriteDefinition(string path, SweepDefinition definition) => AtomicFile.WriteText(
        System.IO.Path.Combine(path, DefinitionName),
        new JsonObject { ["version"] = ProductVersion.Text, ["fingerprint"] = definition.Fingerprint, ["definition"] = definition.ToNode(), ["files"] = JsonSerializer.SerializeToNode(definition.Files, SweepJson.File) }.ToJsonString(SweepJson.File) + "\n");

    private static SweepDefinition ReadDefinition(string path)
    {
        try
        {
            var content = JsonNode.Parse(File.ReadAllText(path));
            return content?["definition"] is JsonObject node ? SweepDefinition.FromNode(node, content["files"]?.Deserialize<HashedFile[]>(SweepJson.File)) : throw new JsonException("The field 'definition' is not there.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new SweepFolderException(path, $"is damaged, so nothing says what sweep this is ({fault.Message}). Put it back, or use another --output.", fault);
        }
    }
}
