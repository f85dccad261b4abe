using System.Diagnostics;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Estimators.Training.Optimizers;
using SAMed.MLNet.Estimators.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The epochs of one call of a <see cref="SegmentationTrainer"/>: when to step, validate, save, stop.</summary>
internal sealed class TrainingLoop(
    SegmentationTrainer trainer, SampleFeed feed, TrainingStep step, FlatOptimizer optimizer, LearningRateSchedule schedule, TrainingState state,
    ITrainingStore? store, IProgress<TrainingProgress>? progress, ValidationDice? validation)
{
    private readonly TrainingOptions _options = trainer.Options;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Stopwatch _training = new();
    private long _imagesSeen;
    private long _stepsHere;

    public TrainingResult ToTheEnd(CancellationToken cancellationToken)
    {
        trainer.Network.train();
        while (!state.Finished)
        {
            if (state.Epoch >= trainer.UntilEpoch)
            {
                // The end of its last epoch has saved all.
                return Result(interrupted: false) with { Paused = true };
            }
            if (!TrainEpoch(cancellationToken) || !EndEpoch(cancellationToken))
            {
                store?.SaveState(state, optimizer, validationDice: null);
                return Result(interrupted: true);
            }
        }
        return Result(interrupted: false);
    }

    /// <summary>Runs the steps that are left of the epoch; false when cancelled.</summary>
    private bool TrainEpoch(CancellationToken cancellationToken)
    {
        try
        {
            return Steps(cancellationToken);
        }
        catch (Exception fault) when (CancellableDataView.IsCancellation(fault, cancellationToken))
        {
            // While the slices of the next steps were being read: those that are done are done.
            return false;
        }
    }

    private bool Steps(CancellationToken cancellationToken)
    {
        foreach (var parts in trainer.Place(feed.Steps(state.Epoch, state.StepInEpoch)).InOrder())
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
            _training.Start();
            var rate = schedule.At(state.Step);
            state.LastLosses = step.Run(parts, rate, state.Step, Shown(parts[0].Source));
            _training.Stop();
            feed.TellNews();
            store?.LogStep(state.Step, state.Epoch, state.LastLosses, rate, schedule.After(state.Step));
            state.Step++;
            state.StepInEpoch++;
            state.EpochLossSum += state.LastLosses.Total;
            _stepsHere++;
            _imagesSeen += parts.Sum(part => part.Source.Count);
            Report(rate, validationDice: null, isBest: false);
        }
        return true;
    }

    /// <summary>What makes a picture of the step's first batch, where one is wanted.</summary>
    private Action<Tensor>? Shown(TrainingBatch batch) => store?.PictureOf(state.Step) is { } show
        ? logits => show(TrainingPicture.Of(logits, batch, trainer.Network.Options))
        : null;

    /// <summary>Validates, saves, decides whether to go on; false when cancelled while validating (the epoch is then ended again on resume).</summary>
    private bool EndEpoch(CancellationToken cancellationToken)
    {
        RefuseNonFiniteWeights();
        var last = state.Epoch == _options.Epochs - 1;
        (double Mean, IReadOnlyList<double?> PerClass)? score = null;
        if (validation is not null && (last || (state.Epoch + 1) % _options.ValidateEvery == 0))
        {
            try
            {
                score = validation.Score(trainer.Network, trainer.Device, cancellationToken);
            }
            catch (Exception fault) when (CancellableDataView.IsCancellation(fault, cancellationToken))
            {
                return false;
            }
        }
        var isBest = TakeScore(score?.Mean, score?.PerClass);
        store?.LogEpoch(state.Epoch, state.Step, state.EpochLossSum / Math.Max(1, state.StepInEpoch), score?.Mean, score?.PerClass);
        if (isBest || validation is null)
        {
            store?.SaveWeights(WeightsKind.Best, state.Epoch, score?.Mean);
        }
        if (_options.KeepEvery is { } every && (state.Epoch + 1) % every == 0)
        {
            store?.SaveWeights(WeightsKind.Numbered, state.Epoch, score?.Mean);
        }
        state.StoppedEarly = !last && _options.EarlyStoppingPatience is { } patience && state.ValidationsSinceBest >= patience;
        state.Finished = last || state.StoppedEarly;
        (state.Epoch, state.StepInEpoch, state.EpochLossSum) = (state.Epoch + 1, 0, 0);
        store?.SaveState(state, optimizer, score?.Mean);
        if (score is not null)
        {
            Report(schedule.At(Math.Max(0, state.Step - 1)), score.Value.Mean, isBest);
        }
        return true;
    }

    private bool TakeScore(double? dice, IReadOnlyList<double?>? perClass)
    {
        if (dice is null)
        {
            return false;
        }
        if (state.BestDice is { } best && dice <= best)
        {
            state.ValidationsSinceBest++;
            return false;
        }
        (state.BestDice, state.BestPerClass, state.BestEpoch, state.ValidationsSinceBest) = (dice, perClass, state.Epoch + 1, 0);
        return true;
    }

    private void RefuseNonFiniteWeights()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        if (!optimizer.Parameters.Values.isfinite().all().ToBoolean())
        {
            throw new TrainingDivergedException(Math.Max(0, state.Step - 1), schedule.At(Math.Max(0, state.Step - 1)), "a weight is NaN or infinite");
        }
    }

    private void Report(double rate, double? validationDice, bool isBest)
    {
        if (progress is null)
        {
            return;
        }
        var total = (long)_options.Epochs * feed.StepsPerEpoch;
        progress.Report(new()
        {
            Step = state.Step,
            TotalSteps = total,
            Epoch = validationDice is null ? state.Epoch + 1 : state.Epoch,
            Epochs = _options.Epochs,
            Losses = state.LastLosses,
            LearningRate = rate,
            ImagesPerSecond = _imagesSeen / Math.Max(1e-9, _training.Elapsed.TotalSeconds),
            TimeLeft = _elapsed.Elapsed * ((total - state.Step) / (double)Math.Max(1, _stepsHere)),
            ValidationDice = validationDice,
            IsBest = isBest,
        });
    }

    private TrainingResult Result(bool interrupted) => new()
    {
        Steps = state.Step,
        Epochs = state.Epoch,
        Interrupted = interrupted,
        StoppedEarly = state.StoppedEarly,
        Best = state.BestDice is { } dice ? (dice, state.BestEpoch) : null,
        BestPerClass = state.BestPerClass,
        LastLosses = state.LastLosses,
        Elapsed = _elapsed.Elapsed,
    };
}
