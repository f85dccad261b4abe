using System.Text.Json;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>A training run on disk: <c>run.json</c>, <c>best.pth</c> and <c>last.pth</c> in the reference's LoRA layout, <c>losses.csv</c>, <c>epochs.csv</c>,
/// <c>tensorboard/</c>, and <c>resume.safetensors</c> to go on from. Files are replaced whole, so an interruption at any moment leaves a usable folder.</summary>
public sealed class RunFolder : ITrainingStore
{
    private const string StateKey = "samed.state";
    private readonly SamNetwork _network;
    private readonly RunManifest _manifest;
    private readonly LossTables _tables;
    private readonly TensorBoardLog _tensorBoard;
    private readonly string _baseSha256;
    private readonly IReadOnlyList<TrainingSession> _earlierSessions;
    private readonly FileStream _lock;

    private RunFolder(string path, SamNetwork network, RunManifest manifest, IReadOnlyList<TrainingSession> earlier, bool resuming, FileStream claim)
    {
        _earlierSessions = earlier;
        (Path, _network, _manifest, IsResuming, _lock) = (path, network, manifest, resuming, claim);
        if (manifest.BaseFile is null && !resuming)
        {
            // A random start has no file of its own; without this one neither a resume nor a prediction could find the frozen weights again.
            SamCheckpoint.Save(network, BasePath);
        }
        _baseSha256 = manifest.BaseSha256 ?? SamCheckpoint.Sha256Of(BasePath);
        _tables = new LossTables(path, manifest.Classes);
        _tensorBoard = new TensorBoardLog(System.IO.Path.Combine(path, "tensorboard"));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether an earlier run is continued.</summary>
    public bool IsResuming { get; }

    /// <summary>The LoRA file of the best epoch on the validation cases (of the last epoch without validation).</summary>
    public string BestPath => System.IO.Path.Combine(Path, "best.pth");

    /// <summary>The LoRA file of the last saved moment.</summary>
    public string LastPath => System.IO.Path.Combine(Path, "last.pth");

    /// <summary>Where the whole network of a random start is kept.</summary>
    public static string InitialBasePath(string folder) => System.IO.Path.Combine(folder, "initial_base.safetensors");

    /// <summary>The SAM file that goes with the LoRA files of this folder: the one that training started from, or the kept random start.</summary>
    public string BasePath => _manifest.BaseFile ?? InitialBasePath(Path);

    /// <summary>The files and folders that a run writes into <paramref name="folder"/>, except the weights of single epochs and <see cref="InitialBasePath"/>.</summary>
    public static IReadOnlyList<string> ResultsIn(string folder) =>
        [.. new[] { RunRecord.FileName, "best.pth", "last.pth", "losses.csv", "epochs.csv", "resume.safetensors", "tensorboard" }.Select(name => System.IO.Path.Combine(folder, name))];

    /// <summary>Whether <paramref name="path"/> holds a run that can be continued.</summary>
    public static bool HoldsRun(string path) => File.Exists(ResumePath(path));

    /// <summary>The data folder of the run in <paramref name="path"/>; null when nothing says it.</summary>
    public static string? DataOf(string path)
    {
        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(path, "run.json")));
            return manifest.RootElement.TryGetProperty("data", out var data) ? data.GetString() : null;
        }
        catch (Exception fault) when (fault is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The seed of the run in <paramref name="path"/>; null when nothing says it.</summary>
    internal static long? SeedOf(string path)
    {
        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(path, "run.json")));
            return manifest.RootElement.GetProperty("training").GetProperty("seed").GetInt64();
        }
        // What is wrong with the file is told when the folder is opened.
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether the run that <paramref name="manifest"/> describes may be kept in <paramref name="path"/>; nothing is written.</summary>
    /// <exception cref="RunFolderException">It is a file, holds a run and <paramref name="resume"/> is false, or holds a different one.</exception>
    public static void Check(string path, RunManifest manifest, bool resume)
    {
        RefuseHeld(path, resume);
        var runJson = System.IO.Path.Combine(path, "run.json");
        if (HoldsRun(path) && File.Exists(runJson) && Differences(path, runJson, manifest) is { Count: > 0 } differences)
        {
            throw new RunFolderException(path, $"holds a different run, which cannot be continued with these options:{Environment.NewLine}  " +
                string.Join(Environment.NewLine + "  ", differences));
        }
    }

    /// <summary>The part of <see cref="Check"/> that needs no manifest.</summary>
    /// <exception cref="RunFolderException">It is a file, holds a run and <paramref name="resume"/> is false, or holds runs of several seeds.</exception>
    public static void RefuseHeld(string path, bool resume)
    {
        if (File.Exists(path))
        {
            throw new RunFolderException(path, "is a file. Give a folder for the run.");
        }
        if (SeedRuns.HeldIn(path) is { Count: > 0 } seeds)
        {
            throw new RunFolderException(path, $"holds the runs of several seeds ({string.Join(", ", seeds)}), whose record a single run would replace. " +
                "Continue them with the same seeds (--seeds; SeedRuns) and --resume, or give another --output (OutputFolder).");
        }
        if (!resume && HoldsRun(path))
        {
            throw new RunFolderException(path, "holds a training run already. Use --resume (Resume) to continue it, or another --output (OutputFolder).");
        }
    }

    /// <summary>Opens <paramref name="path"/> for the run that <paramref name="manifest"/> describes, and keeps other processes out until it is disposed.</summary>
    /// <exception cref="RunFolderException">As <see cref="Check"/>, or another process is training into the folder.</exception>
    public static RunFolder Open(string path, SamNetwork network, RunManifest manifest, bool resume)
    {
        Check(path, manifest, resume);
        Directory.CreateDirectory(path);
        var claim = Claim(path);
        try
        {
            // Nobody else writes here now, so what a killed process was in the middle of writing is nobody's.
            foreach (var leftOver in Directory.EnumerateFiles(path, ".*.part"))
            {
                File.Delete(leftOver);
            }
            var resuming = HoldsRun(path);
            var earlier = resuming ? EarlierSessions(path) : [];
            WriteManifest(path, manifest, earlier, earlier is [.., var last] ? last.Steps : 0);
            return new RunFolder(path, network, manifest, earlier, resuming, claim);
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    private static FileStream Claim(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException fault) when (File.Exists(System.IO.Path.Combine(path, ".lock")))
        {
            throw new RunFolderException(path, "another process is training into this folder. Wait for it, or give another --output (OutputFolder).", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables.Dispose();
        _tensorBoard.Dispose();
        _lock.Dispose();
    }

    TrainingState? ITrainingStore.Restore(FlatOptimizer optimizer)
    {
        var path = ResumePath(Path);
        if (!File.Exists(path))
        {
            _tables.Start(steps: 0, epochs: 0);
            return null;
        }
        using var file = TensorFile.Read(path);
        var state = file.Metadata.TryGetValue(StateKey, out var json) ? JsonSerializer.Deserialize<TrainingState>(json) : null;
        if (state is null)
        {
            throw new CheckpointFormatException(path, $"metadata '{StateKey}'", "the state of a training run", "nothing");
        }
        ResumeFile.Load(file, optimizer);
        _tables.Start(state.Step, state.Epoch);
        return state;
    }

    void ITrainingStore.LogStep(long step, int epoch, StepLosses losses, double learningRateUsed, double learningRateNext)
    {
        _tables.AddStep(step, epoch, losses, learningRateUsed);
        _tensorBoard.AddStep(step, losses, learningRateNext);
    }

    Action<TrainingPicture>? ITrainingStore.PictureOf(long step) =>
        _manifest.Training.PictureEvery is > 0 and var every && (step + 1) % every == 0 ? picture => _tensorBoard.AddPicture(step, picture) : null;

    void ITrainingStore.LogEpoch(int epoch, long step, double meanLoss, double? validationDice, IReadOnlyList<double?>? perClass)
    {
        _tables.AddEpoch(epoch, step, meanLoss, validationDice, perClass);
        _tensorBoard.AddEpoch(step, meanLoss, validationDice);
    }

    void ITrainingStore.SaveWeights(WeightsKind kind, int epoch, double? validationDice) =>
        SaveWeights(kind == WeightsKind.Best ? BestPath : System.IO.Path.Combine(Path, $"epoch_{epoch}.pth"), epoch + 1, validationDice);

    void ITrainingStore.SaveState(TrainingState state, FlatOptimizer optimizer, double? validationDice)
    {
        // The state comes last: whatever the other files hold beyond it is written again, or cut off, when the run goes on from it.
        _tables.Flush();
        SaveWeights(LastPath, state.Epoch, validationDice);
        ResumeFile.Save(ResumePath(Path), optimizer, new() { [StateKey] = JsonSerializer.Serialize(state) });
        WriteManifest(Path, _manifest, _earlierSessions, state.Step);
    }

    private static void WriteManifest(string path, RunManifest manifest, IReadOnlyList<TrainingSession> earlier, long steps)
    {
        var session = new TrainingSession(
            manifest.Started, (DateTimeOffset.Now - manifest.Started).TotalSeconds, steps, manifest.Version, manifest.LibTorch, manifest.Device, manifest.Threads);
        AtomicFile.WriteText(System.IO.Path.Combine(path, RunRecord.FileName), (manifest with { Sessions = [.. earlier, session] }).ToJson());
    }

    /// <summary>The calls that trained the run in <paramref name="path"/>; none where there is no record.</summary>
    /// <exception cref="JsonException">The record is damaged.</exception>
    internal static IReadOnlyList<TrainingSession> EarlierSessions(string path)
    {
        var runJson = System.IO.Path.Combine(path, RunRecord.FileName);
        return File.Exists(runJson) ? RunManifest.SessionsOf(File.ReadAllText(runJson)) : [];
    }

    private static IReadOnlyList<string> Differences(string path, string runJson, RunManifest manifest)
    {
        try
        {
            return manifest.DifferencesFrom(File.ReadAllText(runJson));
        }
        catch (JsonException fault)
        {
            throw new RunFolderException(path, $"run.json is damaged, so nothing says what run this is ({fault.Message}). Put it back, or use another --output (OutputFolder).", fault);
        }
    }

    private static string ResumePath(string folder) => System.IO.Path.Combine(folder, "resume.safetensors");

    private void SaveWeights(string path, int epochs, double? validationDice) =>
        LoraCheckpoint.Save(_network, path, TrainedMetadata.Of(_manifest.Preprocessing, _manifest.Classes, BasePath, _baseSha256) with { Epoch = epochs, ValidationDice = validationDice });
}
