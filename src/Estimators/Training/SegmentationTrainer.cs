using System.Diagnostics;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Losses;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The training loop: any architecture, any adapter. What trains is the network's decision, how it trains is <see cref="TrainingOptions"/>.</summary>
public sealed class SegmentationTrainer
{
    private readonly SamNetwork _network;
    private readonly Device _device;
    private readonly TrainingOptions _options;
    private readonly PreprocessingOptions _preprocessing;

    /// <summary>Trains <paramref name="network"/>, which lies on <paramref name="device"/> and stays the caller's, in place.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the image size is not the network's.</exception>
    public SegmentationTrainer(SamNetwork network, Device device, TrainingOptions options, PreprocessingOptions preprocessing)
    {
        options.Validate();
        preprocessing.Validate();
        if (preprocessing.ImageSize != network.Options.ImageSize)
        {
            throw new ArgumentException($"The network sees {network.Options.ImageSize}×{network.Options.ImageSize} pixels, and slices would be prepared at {preprocessing.ImageSize}.", nameof(preprocessing));
        }
        VolumePredictor.RequireByteClasses(network);
        (_network, _device, _options, _preprocessing) = (network, device, options, preprocessing);
    }

    /// <summary>Trains without leaving anything on disk; the network holds the last weights afterwards.</summary>
    public TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(training, validation, store: null, progress, cancellationToken);

    /// <summary>Trains on <paramref name="training"/>, validates on <paramref name="validation"/> (may be empty), and keeps everything in <paramref name="folder"/>.
    /// A folder that holds the state of an interrupted run is continued bit for bit. Cancellation saves and returns with <see cref="TrainingResult.Interrupted"/>.</summary>
    /// <exception cref="TrainingDivergedException">A loss or weight is not finite.</exception>
    public TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, RunFolder folder, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Train(training, validation, (ITrainingStore)folder, progress, cancellationToken);

    private TrainingResult Train(
        IReadOnlyList<StoredSlice> training, IReadOnlyList<StoredSlice> validation, ITrainingStore? store, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (training.Count == 0)
        {
            throw new ArgumentException("There is no slice to train on.", nameof(training));
        }
        var feed = new SampleFeed(training, _options, _preprocessing.ImageSize, _network.Options.LowResSize, _preprocessing.ZoomEdge);
        var parameters = _network.TrainableParameters.Select(pair => pair.Parameter).ToArray();
        using var optimizer = CreateOptimizer(parameters);
        var schedule = new LearningRateSchedule(_options.LearningRate, _options.WarmupSteps, (long)_options.ResolvedScheduleEpochs * feed.StepsPerEpoch, _options.LearningRateExponent);
        var state = store?.Restore(optimizer) ?? new TrainingState { Slices = training.Count };
        if (state.Slices != training.Count)
        {
            throw new ArgumentException($"The interrupted run had {state.Slices} slices to train on, and now there are {training.Count}: it cannot be continued on other data.", nameof(training));
        }
        var run = new Run(this, feed, optimizer, parameters, schedule, state, store, progress,
            validation.Count == 0 ? null : new(validation, _preprocessing, _network.Options.NumClasses, Math.Max(_options.BatchSize, 4)));
        return run.ToTheEnd(cancellationToken);
    }

    internal optim.Optimizer CreateOptimizer(Parameter[] parameters) => _options.Optimizer switch
    {
        OptimizerKind.AdamW => optim.AdamW(parameters, _options.LearningRate, weight_decay: _options.ResolvedWeightDecay),
        OptimizerKind.Sgd => optim.SGD(parameters, _options.LearningRate, momentum: 0.9, weight_decay: _options.ResolvedWeightDecay),
        _ => throw new ArgumentException($"There is no optimiser {_options.Optimizer}."),
    };

    /// <summary>One optimiser step on <paramref name="parts"/>: gradients of the parts are averaged by their number of slices.</summary>
    internal StepLosses Step(IReadOnlyList<TrainingBatch> parts, optim.Optimizer optimizer, double learningRate, long step)
    {
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }
        optimizer.zero_grad();
        var slices = (double)parts.Sum(part => part.Count);
        var losses = default(StepLosses);
        foreach (var part in parts)
        {
            using var scope = NewDisposeScope();
            var loss = Loss(part);
            var share = part.Count / slices;
            (parts.Count == 1 ? loss.Total : loss.Total * share).backward();
            losses = new(
                losses.Total + (share * loss.Total.ToDouble()),
                losses.CrossEntropy + (share * loss.CrossEntropy.ToDouble()),
                losses.Dice + (share * loss.Dice.ToDouble()));
        }
        if (!double.IsFinite(losses.Total))
        {
            throw new TrainingDivergedException(step, learningRate, $"the loss is {losses.Total}");
        }
        using (NewDisposeScope())
        {
            optimizer.step();
        }
        return losses;
    }

    private SegmentationLoss Loss(TrainingBatch batch)
    {
        var (size, low) = (_preprocessing.ImageSize, _network.Options.LowResSize);
        var images = tensor(batch.Images, [batch.Count, 1, size, size]).to(_device);
        var target = tensor(batch.LowResLabels, [batch.Count, low, low]).to(_device).to(ScalarType.Int64);
        return CrossEntropyDice.Compute(_network.LowResLogits(images), target, _options.DiceWeight);
    }

    private sealed class Run(
        SegmentationTrainer trainer, SampleFeed feed, optim.Optimizer optimizer, Parameter[] parameters, LearningRateSchedule schedule,
        TrainingState state, ITrainingStore? store, IProgress<TrainingProgress>? progress, ValidationDice? validation)
    {
        private readonly TrainingOptions _options = trainer._options;
        private readonly Stopwatch _elapsed = Stopwatch.StartNew();
        private readonly Stopwatch _training = new();
        private long _imagesSeen;
        private long _stepsHere;

        public TrainingResult ToTheEnd(CancellationToken cancellationToken)
        {
            trainer._network.train();
            while (!state.Finished)
            {
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
            foreach (var parts in feed.Steps(state.Epoch, state.StepInEpoch))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
                _training.Start();
                var rate = schedule.At(state.Step);
                state.LastLosses = trainer.Step(parts, optimizer, rate, state.Step);
                _training.Stop();
                store?.LogStep(state.Step, state.Epoch, state.LastLosses, rate, schedule.After(state.Step));
                state.Step++;
                state.StepInEpoch++;
                state.EpochLossSum += state.LastLosses.Total;
                _stepsHere++;
                _imagesSeen += parts.Sum(part => part.Count);
                Report(rate, validationDice: null, isBest: false);
            }
            return true;
        }

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
                    score = validation.Score(trainer._network, trainer._device, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
            }
            var isBest = TakeScore(score?.Mean);
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

        private bool TakeScore(double? dice)
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
            (state.BestDice, state.BestEpoch, state.ValidationsSinceBest) = (dice, state.Epoch + 1, 0);
            return true;
        }

        private void RefuseNonFiniteWeights()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            if (!parameters.All(parameter => parameter.isfinite().all().ToBoolean()))
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
            LastLosses = state.LastLosses,
            Elapsed = _elapsed.Elapsed,
        };
    }
}
