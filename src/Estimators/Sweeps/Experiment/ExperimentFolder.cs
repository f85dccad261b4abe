using Microsoft.ML;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Where an experiment keeps files: the checkpoint's folder, or one for this run only. The best trial's model is kept as <c>model.zip</c> in the trial's folder and, when the run
/// ends, as <c>best.zip</c>; those of other trials are deleted.</summary>
internal sealed class ExperimentFolder : IMonitor, IDisposable
{
    private const string ModelName = "model.zip";
    private readonly MLContext _context;
    private readonly LoadModelOptions _load;
    private TrialResult? _best;

    public ExperimentFolder(MLContext context, string? checkpoint, LoadModelOptions? load)
    {
        (_context, _load, IsKept) = (context, load ?? new(), checkpoint is not null);
        Path = checkpoint ?? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"samed-experiment-{Guid.NewGuid():N}");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether it is the caller's and outlives the run.</summary>
    public bool IsKept { get; }

    /// <summary>The folder of a trial.</summary>
    public string TrialFolder(int trial) => SweepFolder.TrialFolderOf(Path, trial);

    /// <summary>Keeps a trial's result, and before it the model when it is as good as the best one: a result without its model would be of no use after a crash.</summary>
    public void Save(TrialResult result, DataViewSchema? schema)
    {
        var place = TrialFolder(result.TrialSettings.TrialId);
        Directory.CreateDirectory(place);
        if (result.Model is { } model && double.IsFinite(result.Metric) && !(result.Metric < _best?.Metric))
        {
            AtomicFile.Write(System.IO.Path.Combine(place, ModelName), stream => _context.Model.Save(model, schema, stream));
        }
        TrialResultFile.Write(place, result);
    }

    /// <summary>The best result with its model, from its file where it is not in memory; <c>best.zip</c> is made of that file.</summary>
    /// <exception cref="Inference.BaseNotFoundException">The SAM checkpoint of the model is nowhere.</exception>
    public TrialResult Finish(TrialResult best, Func<Parameter, SamLoraSegmentationTrainer?> trainerOf)
    {
        var file = System.IO.Path.Combine(TrialFolder(best.TrialSettings.TrialId), ModelName);
        if (!File.Exists(file))
        {
            return best;
        }
        if (IsKept)
        {
            AtomicFile.Write(System.IO.Path.Combine(Path, "best.zip"), stream =>
            {
                using var model = File.OpenRead(file);
                model.CopyTo(stream);
            });
        }
        return best.Model is not null ? best : best with { Model = Load(file, trainerOf(best.TrialSettings.Parameter)) };
    }

    /// <inheritdoc/>
    public void ReportRunningTrial(TrialSettings settings)
    {
    }

    /// <inheritdoc/>
    public void ReportCompletedTrial(TrialResult result)
    {
        // All epochs are done: nothing goes on from its checkpoints any more.
        if (!IsKept && result.TrialSettings.UntilEpoch is null && System.IO.Path.Combine(TrialFolder(result.TrialSettings.TrialId), "run") is var run && Directory.Exists(run))
        {
            Directory.Delete(run, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void ReportBestTrial(TrialResult result)
    {
        if (_best is { } before && before.TrialSettings.TrialId != result.TrialSettings.TrialId)
        {
            var file = System.IO.Path.Combine(TrialFolder(before.TrialSettings.TrialId), ModelName);
            if (File.Exists(file))
            {
                File.Delete(file);
            }
        }
        _best = result with { Model = null };
    }

    /// <inheritdoc/>
    public void ReportFailTrial(TrialSettings settings, Exception exception)
    {
    }

    /// <summary>Deletes the folder when it is for this run only.</summary>
    public void Dispose()
    {
        if (!IsKept && Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    /// <summary>The SAM checkpoint is where the options say, beside the model, or where it was trained from.</summary>
    private ITransformer Load(string file, SamLoraSegmentationTrainer? trainer)
    {
        if (trainer is null)
        {
            return _context.Model.Load(file, out _);
        }
        var load = trainer.Settings.SamFile is { } sam && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(sam)) is { } trained
            ? _load with { BaseFolders = [.. _load.BaseFolders, trained] }
            : _load;
        return _context.Segmentation().LoadModel(file, load);
    }
}
