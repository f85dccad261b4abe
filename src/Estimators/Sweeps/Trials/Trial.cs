using System.Diagnostics;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does one trial in a folder: trains, goes on where it was, scores the best weights, and leaves a result. Everything that runs trials on files runs this.</summary>
public static class Trial
{
    internal const string NoValidation =
        "Trials are compared by their Dice on validation cases, and there are none. Set a share aside (--validation; ValidationFraction) or name cases (--validation-cases; ValidationCases).";

    /// <summary>How a run is trained; tests put in what fails.</summary>
    internal delegate TrainingRunResult Training(TrainingRunOptions options, ITrainingObserver observer, CancellationToken cancellationToken);

    /// <summary>Does the trial. One that has been done gives its result at once; one that was interrupted goes on from its checkpoint. When memory runs out, the run starts over once with half the
    /// batch and twice the accumulation, and says so.</summary>
    /// <param name="spec">What to do.</param>
    /// <param name="folder">The trial's own folder.</param>
    /// <param name="progress">Hears of epochs and of what happens beside them, on the training thread; null for nobody.</param>
    /// <param name="halveBatch">Whether to train with half the batch from the beginning, because an earlier attempt was killed for its memory. A batch is halved once only.</param>
    /// <param name="cancellationToken">Stops the trial after the present step.</param>
    /// <exception cref="TrialSpecException">The definition makes no sense, or the folder holds another trial. Nothing has been written.</exception>
    /// <exception cref="TrialFailedException">The trial cannot be done; its <c>failure.json</c> says why. Called again it tries again.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; its state is saved.</exception>
    public static TrialResult Execute(
        TrialSpec spec, string folder, IProgress<TrialProgress>? progress = null, bool halveBatch = false, CancellationToken cancellationToken = default) =>
        Execute(spec, folder, progress, halveBatch, TrainingRun.Execute, cancellationToken);

    /// <inheritdoc cref="Execute(TrialSpec, string, IProgress{TrialProgress}?, bool, CancellationToken)"/>
    internal static TrialResult Execute(
        TrialSpec spec, string folder, IProgress<TrialProgress>? progress, bool halveBatch, Training train, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var place = new TrialFolder(folder);
        place.RefuseOther(spec);
        if (place.ReadResult(spec.UntilEpoch) is { } done)
        {
            return done;
        }
        cancellationToken.ThrowIfCancellationRequested();
        using var claim = TrialClaim.Take(place.Path, cancellationToken);
        place.WriteSpec(spec);
        File.Delete(place.FailurePath);
        using var observer = new TrialObserver(place, spec, progress);
        try
        {
            return Do(spec, place, observer, halveBatch, train, cancellationToken);
        }
        catch (Exception fault) when (CancellableDataView.IsCancellation(fault, cancellationToken))
        {
            observer.Note("Stopped; the state is saved.");
            throw new OperationCanceledException($"{place.Path}: the trial was stopped; it goes on from its checkpoint.", fault, cancellationToken);
        }
        // Whatever else ends it is this trial's fault: who runs many of them must hear of it and go on.
        catch (Exception fault)
        {
            var message = MemoryShortage.Is(fault)
                ? $"Memory ran out{(place.ReadHalved() is null ? "" : ", with half the batch too")} ({MemoryShortage.Describe(fault)}). Give smaller batches (--batch-size), --checkpointing or --precision bf16."
                : fault.Message;
            observer.Note($"Failed: {message}");
            place.Write(new TrialFolder.Failure(spec.TrialId, message, fault.GetType().Name, DateTime.UtcNow, fault.StackTrace));
            throw new TrialFailedException(message, fault);
        }
    }

    private static TrialResult Do(TrialSpec spec, TrialFolder place, TrialObserver observer, bool halveBatch, Training train, CancellationToken cancellationToken)
    {
        var (clock, started) = (Stopwatch.StartNew(), DateTime.UtcNow);
        var cases = CaseSelection.Of(spec.Run, observer);
        if (cases.Validation.Count == 0)
        {
            throw new ArgumentException(NoValidation);
        }
        if (halveBatch && place.ReadHalved() is null)
        {
            Halve(spec, place, observer, "an earlier attempt was killed for its memory");
        }
        var run = Train(spec, place, observer, train, cancellationToken);
        if (run.Result.Interrupted)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        var trained = clock.Elapsed;
        var scores = run.Result.Paused ? null : TrialScoring.Of(spec.Run, run, cases, place.ScoresPath, cancellationToken);
        var curve = TrialCurve.Read(place.RunPath, spec.UntilEpoch);
        var best = TrialCurve.Best(curve) ?? throw new InvalidOperationException($"{place.RunPath} holds no validation.");
        var result = new TrialResult
        {
            TrialSettings = new() { TrialId = spec.TrialId, Parameter = spec.Parameter, Seed = spec.Seed, UntilEpoch = spec.UntilEpoch, StartedAtUtc = started, EndedAtUtc = DateTime.UtcNow },
            Metric = best.Dice,
            DurationInMilliseconds = Math.Round(MillisecondsOf(place) + (clock.Elapsed - trained).TotalMilliseconds),
            Folder = place.Path,
            TrainableParameters = run.TrainableParameters,
            Epochs = Math.Min(run.Result.Epochs, spec.UntilEpoch ?? int.MaxValue),
            BestEpoch = best.Epoch,
            Curve = curve,
            Scores = scores,
            HalvedBatch = place.ReadHalved() is not null,
        };
        TrialResultFile.Write(place.Path, result);
        observer.Note(FormattableString.Invariant($"Done: best validation Dice {best.Dice:0.0000} in epoch {best.Epoch}"));
        return result;
    }

    private static TrainingRunResult Train(TrialSpec spec, TrialFolder place, TrialObserver observer, Training train, CancellationToken cancellationToken)
    {
        try
        {
            return train(RunOf(spec, place), observer, cancellationToken);
        }
        catch (Exception fault) when (MemoryShortage.Is(fault) && place.ReadHalved() is null && MemoryShortage.CanHalve(spec.Run.Training))
        {
            Halve(spec, place, observer, MemoryShortage.Describe(fault));
        }
        // Tensors that nobody disposed of on the way out.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return train(RunOf(spec, place), observer, cancellationToken);
    }

    private static TrainingRunOptions RunOf(TrialSpec spec, TrialFolder place) => spec.Run with
    {
        Output = place.RunPath,
        Resume = RunFolder.HoldsRun(place.RunPath),
        UntilEpoch = spec.UntilEpoch,
        Training = place.ReadHalved() is { } halved ? spec.Run.Training with { BatchSize = halved.BatchSize, AccumulationSteps = halved.AccumulationSteps } : spec.Run.Training,
    };

    /// <summary>Gives up what was trained with the whole batch: a run cannot go on with another.</summary>
    private static void Halve(TrialSpec spec, TrialFolder place, TrialObserver observer, string reason)
    {
        if (!MemoryShortage.CanHalve(spec.Run.Training))
        {
            observer.Tell(FormattableString.Invariant($"Memory ran out ({reason}), and a batch of {spec.Run.Training.BatchSize} cannot be halved: it is tried again as it is"));
            return;
        }
        // First the run and then the mark: a crash between them costs another shortage, and leaves no run of the wrong batch.
        var dropped = place.RunPath + ".dropped";
        if (Directory.Exists(dropped))
        {
            Directory.Delete(dropped, recursive: true);
        }
        if (Directory.Exists(place.RunPath))
        {
            Directory.Move(place.RunPath, dropped);
            Directory.Delete(dropped, recursive: true);
        }
        var halved = MemoryShortage.Halve(spec.Run.Training);
        place.Write(new TrialFolder.HalvedBatch(halved.BatchSize, halved.AccumulationSteps, reason, DateTime.UtcNow));
        observer.StartOver();
        observer.Tell(FormattableString.Invariant(
            $"Memory ran out ({reason}): the run starts over with batches of {halved.BatchSize} instead of {spec.Run.Training.BatchSize}, {halved.AccumulationSteps} to a step instead of {spec.Run.Training.AccumulationSteps}"));
    }

    /// <summary>Time of all calls that trained the run.</summary>
    private static double MillisecondsOf(TrialFolder place) => 1000 * RunFolder.EarlierSessions(place.RunPath).Sum(session => session.Seconds);
}
