using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does trials of an experiment: fits the pipeline in this process and scores it on the rows set aside, fold after fold.</summary>
internal sealed class FittingTrialRunner(ExperimentPlan plan, ExperimentFolder folder) : ITrialRunner
{
    /// <inheritdoc/>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken) => Task.Run(() => Run(settings, cancellationToken), CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Models are the results', files the folder's.
    }

    private TrialResult Run(TrialSettings settings, CancellationToken cancellation)
    {
        try
        {
            return Do(settings, cancellation);
        }
        catch (Exception fault) when (CancellableDataView.IsCancellation(fault, cancellation))
        {
            throw new OperationCanceledException($"Trial {settings.TrialId} was stopped.", fault, cancellation);
        }
        // Whatever else ends a pipeline, of any author, is this trial's fault: the others go on.
        catch (Exception fault)
        {
            throw new TrialFailedException(MemoryShortage.Is(fault) ? $"Memory ran out ({MemoryShortage.Describe(fault)})." : fault.Message, fault);
        }
    }

    private TrialResult Do(TrialSettings settings, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var place = folder.TrialFolder(settings.TrialId);
        var earlier = TrialResultFile.Read(place);
        List<Fitted> fits = [];
        Fitted? kept = null;
        try
        {
            for (var part = 0; part < plan.Data.Parts.Count; part++)
            {
                cancellation.ThrowIfCancellationRequested();
                var fit = Fit(settings, part, place, cancellation);
                fits.Add(fit with { Model = null });
                var better = kept is null || fit.Dice > kept.Dice;
                ((better ? kept : fit)?.Model as IDisposable)?.Dispose();
                kept = better ? fit : kept;
            }
            var scores = ExperimentScoring.Mean([.. fits.Select(fit => fit.Scores)]);
            var result = ResultOf(settings, fits, scores, earlier, place);
            if (earlier is not null && (scores.Dice ?? double.NegativeInfinity) < earlier.Metric)
            {
                // It was better before it went on, and that model is in the folder where it matters.
                (kept!.Model as IDisposable)?.Dispose();
                kept = null;
            }
            result = result with { Model = kept?.Model, DurationInMilliseconds = (earlier?.DurationInMilliseconds ?? 0) + Math.Round(clock.Elapsed.TotalMilliseconds) };
            if (folder.IsKept || settings.UntilEpoch is not null || earlier is not null)
            {
                folder.Save(result, kept?.Schema);
            }
            return result;
        }
        catch
        {
            (kept?.Model as IDisposable)?.Dispose();
            throw;
        }
    }

    private Fitted Fit(TrialSettings settings, int part, string place, CancellationToken cancellation)
    {
        var path = plan.Data.HasFolds ? Path.Combine(place, $"fold{part}", "run") : Path.Combine(place, "run");
        var mark = path + ".halved";
        var trial = Context(File.Exists(mark));
        try
        {
            return FitOnce(trial, settings, part, cancellation);
        }
        catch (Exception fault) when (MemoryShortage.Is(fault) && !trial.HalveBatch && trial.CanHalve == true)
        {
            // First the run and then the mark: a run cannot go on with another batch.
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.WriteText(mark, MemoryShortage.Describe(fault) + "\n");
            settings.Progress?.Report(new(0, settings.UntilEpoch ?? 0, null, $"Memory ran out ({MemoryShortage.Describe(fault)}): the trial starts over with half the batch and twice the accumulation"));
        }
        finally
        {
            trial.Release();
        }
        // Tensors that nobody disposed of on the way out.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        trial = Context(halveBatch: true);
        try
        {
            return FitOnce(trial, settings, part, cancellation);
        }
        finally
        {
            trial.Release();
        }

        TrialContext Context(bool halveBatch) =>
            new(settings, path, plan.Data.HasFolds ? part : null, plan.Data.Parts[part].Train, plan.Data.Parts[part].Validation, cancellation) { SharedEpochs = plan.SharedEpochs, HalveBatch = halveBatch };
    }

    private Fitted FitOnce(TrialContext trial, TrialSettings settings, int part, CancellationToken cancellation)
    {
        using var log = ((IHostEnvironment)plan.Context).Register("SegmentationExperiment").Start($"Trial {settings.TrialId}");
        var context = TrialEnvironment.Of(plan.Context, TrialEnvironment.Seed(settings.Seed ?? plan.BaseSeed), log);
        var estimator = plan.Pipeline.Build(context, trial);
        if (settings.UntilEpoch is not null && !trial.Followed)
        {
            throw new InvalidOperationException("The tuner stops trials after some epochs, and the pipeline does not ask when: put TrialContext.Apply around the trainer's options.");
        }
        var (train, validation) = plan.Data.Parts[part];
        var model = estimator.Fit(new CancellableDataView(train, cancellation));
        try
        {
            var scores = plan.Scoring.Of(context, model, validation, cancellation);
            var network = ExperimentChain.NetworkOf(model);
            return new(model, train.Schema, scores, network?.TrainingResult?.Epochs, network?.Read(net => net.TrainableParameters.Sum(named => named.Parameter.numel())), trial.HalveBatch);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }

    private static TrialResult ResultOf(TrialSettings settings, IReadOnlyList<Fitted> fits, TrialScores scores, TrialResult? earlier, string place)
    {
        var epochs = fits.Max(fit => fit.Epochs) ?? settings.UntilEpoch ?? earlier?.Epochs + 1;
        var best = Math.Max(earlier?.Metric ?? double.NegativeInfinity, scores.Dice ?? double.NegativeInfinity);
        EpochDice[] curve = [.. earlier?.Curve ?? []];
        if (epochs is { } done && double.IsFinite(best) && (curve.Length == 0 || curve[^1].Epoch < done))
        {
            curve = [.. curve, new(done, best)];
        }
        return new()
        {
            TrialSettings = settings with { EndedAtUtc = DateTime.UtcNow, Progress = null },
            Metric = double.IsFinite(best) ? best : double.NaN,
            DurationInMilliseconds = 0,
            Folder = Directory.Exists(place) ? place : null,
            TrainableParameters = fits[0].Parameters,
            Epochs = epochs,
            BestEpoch = curve.FirstOrDefault(point => point.Dice == best)?.Epoch,
            Curve = curve,
            Scores = settings.UntilEpoch is null ? scores : null,
            HalvedBatch = fits.Any(fit => fit.Halved),
        };
    }

    /// <summary>A fitted pipeline with its scores.</summary>
    private sealed record Fitted(ITransformer? Model, DataViewSchema Schema, TrialScores Scores, int? Epochs, long? Parameters, bool Halved)
    {
        public double Dice => Scores.Dice ?? double.NegativeInfinity;
    }
}
