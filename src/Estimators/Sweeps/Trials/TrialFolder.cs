using System.Text.Json;
using System.Text.Json.Nodes;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The files of one trial: <c>spec.json</c> (what it is to do), <c>run/</c> (its training run), <c>scores/</c> (the validation cases under its best weights), <c>progress.json</c>,
/// <c>log.txt</c>, and in the end <c>result.json</c> or <c>failure.json</c>. Files are replaced whole; one process at a time works in the folder.</summary>
public sealed class TrialFolder
{
    /// <summary>The files of the trial in <paramref name="path"/>, which need not exist.</summary>
    public TrialFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    /// <summary>The folder, in full.</summary>
    public string Path { get; }

    /// <summary>What the trial is to do.</summary>
    public string SpecPath => In("spec.json");

    /// <summary>The training run.</summary>
    public string RunPath => In("run");

    /// <summary>Scores of the best weights on the validation cases.</summary>
    public string ScoresPath => In("scores");

    /// <summary>What happened, a line each, with the time.</summary>
    public string LogPath => In("log.txt");

    /// <summary>Why the trial failed; not there when it did not.</summary>
    public string FailurePath => In("failure.json");

    private string ProgressPath => In("progress.json");

    private string HalvedPath => In("halved.json");

    /// <summary>What came of the trial when it was done for so many epochs, or for more; null when it has not been.</summary>
    /// <param name="untilEpoch">Epochs from its first; null = all of them.</param>
    /// <exception cref="SweepFolderException">The file is damaged.</exception>
    public TrialResult? ReadResult(int? untilEpoch) => TrialResultFile.Read(Path) is not { } result ? null : (result.TrialSettings.UntilEpoch, untilEpoch) switch
    {
        (null, null) => result,
        (null, { } until) => TrialResultFile.After(result, until),
        ({ } done, { } until) when done >= until => TrialResultFile.After(result, until),
        _ => null,
    };

    /// <summary>How far the trial is; null when it has not said, or the file is just not to be read.</summary>
    public TrialProgress? ReadProgress() => TryRead<TrialProgress>(ProgressPath);

    /// <summary>Why the trial failed, in a sentence; null when it did not.</summary>
    public string? ReadFailure() => TryRead<Failure>(FailurePath)?.Error;

    /// <summary>Writes the definition of the trial, for another process to read.</summary>
    /// <exception cref="TrialSpecException">The folder holds another trial.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void WriteSpec(TrialSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        RefuseOther(spec);
        spec.Save(SpecPath);
    }

    /// <exception cref="TrialSpecException">The folder holds another trial.</exception>
    internal void RefuseOther(TrialSpec spec)
    {
        // How far it goes, and what does not change what comes of it, may be another.
        string[] free = ["untilEpoch", "run.device", "run.preset", "run.training.devices", "run.training.workers", "run.training.checkpointing", "run.training.pictureEvery", "run.training.featureCache"];
        if (!File.Exists(SpecPath))
        {
            return;
        }
        TrialSpecFault[] faults =
        [
            .. JsonDifferences.Of(ParseSpec(), JsonNode.Parse(spec.ToJson())).Select(line => line.Split(": was ", 2))
                .Where(line => !free.Any(name => line[0] == name || line[0].StartsWith(name + ".", StringComparison.Ordinal)))
                .Select(line => (Field: line[0], Values: line[1].Split(", now ", 2))).Select(line => new TrialSpecFault(line.Field, $"{line.Values[0]}, as there", line.Values[^1])),
        ];
        if (faults.Length > 0)
        {
            throw new TrialSpecException($"{SpecPath} is another trial's, so give another folder", faults);
        }
    }

    /// <summary>Why the trial failed.</summary>
    internal sealed record Failure(int TrialId, string Error, string Kind, DateTime AtUtc, string? Details);

    /// <summary>How the batch was halved because memory ran out.</summary>
    internal sealed record HalvedBatch(int BatchSize, int AccumulationSteps, string Reason, DateTime AtUtc);

    internal HalvedBatch? ReadHalved() => TryRead<HalvedBatch>(HalvedPath);

    internal void Write(HalvedBatch halved) => AtomicFile.WriteText(HalvedPath, JsonSerializer.Serialize(halved, SweepJson.File) + "\n");

    internal void Write(Failure failure) => AtomicFile.WriteText(FailurePath, JsonSerializer.Serialize(failure, SweepJson.File) + "\n");

    // Only the present matters, so the disk may take its time.
    internal void Write(TrialProgress progress) => AtomicFile.Write(ProgressPath, stream => JsonSerializer.Serialize(stream, progress, SweepJson.File), durable: false);

    private JsonNode? ParseSpec()
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(SpecPath));
        }
        catch (JsonException fault)
        {
            throw new TrialSpecException(SpecPath, [new("JSON", "the definition of the folder's trial", fault.Message.TrimEnd('.'))], fault);
        }
    }

    /// <summary>Null when there is no such file, or it cannot be read now: a shared folder may show a file late, or half.</summary>
    private static T? TryRead<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), SweepJson.File);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
