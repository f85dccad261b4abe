using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does trials on a Slurm cluster: trials that come together are the tasks of one array job, each of which runs <c>samed trial</c>. Needs Slurm's commands here, and a folder and a program
/// that the nodes see under the same paths. What is preempted, killed, cancelled from outside or lost goes on from its checkpoint in another job. What was submitted is in <c>slurm/</c> in the sweep's folder,
/// by which a sweep that is resumed finds jobs that still run.</summary>
public sealed class SlurmTrialRunner : ITrialRunner
{
    private readonly string _folder;
    private readonly Func<TrialSettings, TrialSpec> _specOf;
    private readonly SlurmOptions _options;
    private readonly ISlurmCluster _cluster;
    private SlurmQueue? _queue;

    /// <summary>A runner; nothing is submitted before the first trial.</summary>
    /// <param name="folder">The sweep's folder, shared with the nodes; trials are kept in <c>trials/</c> below it.</param>
    /// <param name="specOf">What a trial is to do; <see cref="TrialSpec.Of"/> makes it from the options that all have in common.</param>
    /// <param name="options">How to submit; null for the cluster's defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public SlurmTrialRunner(string folder, Func<TrialSettings, TrialSpec> specOf, SlurmOptions? options = null)
        : this(folder, specOf, options, new SlurmCommands())
    {
    }

    internal SlurmTrialRunner(string folder, Func<TrialSettings, TrialSpec> specOf, SlurmOptions? options, ISlurmCluster cluster)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(specOf);
        (_folder, _specOf, _options, _cluster) = (Path.GetFullPath(folder), specOf, options ?? new(), cluster);
        _options.Validate();
    }

    /// <inheritdoc/>
    public int MaxParallel => _options.MaxQueued;

    /// <inheritdoc/>
    /// <exception cref="SlurmException">Slurm's commands are missing, the controller does not answer, or it refuses jobs with these options.</exception>
    /// <exception cref="FileNotFoundException">There is no <c>samed</c> program.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var program = _options.Program ?? SamedProgram.Find();
        var queue = new SlurmQueue(_cluster, new SlurmLedger(Path.Combine(_folder, "slurm")), _options, program.Words);
        await queue.PrepareAsync(cancellationToken).ConfigureAwait(false);
        _queue = queue;
    }

    /// <inheritdoc/>
    /// <exception cref="SlurmException">The cluster refuses the job.</exception>
    /// <exception cref="InvalidOperationException"><see cref="PrepareAsync"/> was not called.</exception>
    public async Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var queue = _queue ?? throw new InvalidOperationException($"Call {nameof(PrepareAsync)} first.");
        try
        {
            var (spec, place) = TrialPlace.Of(_folder, _specOf, settings);
            if (place.ReadResult(spec.UntilEpoch) is not { } result)
            {
                place.WriteSpec(spec.WithFullPaths());
                await queue.RunAsync(new Work(spec, place, _options.LibTorch, settings.Progress), cancellationToken).ConfigureAwait(false);
                result = place.ReadResult(spec.UntilEpoch)!;
            }
            return result with { TrialSettings = settings with { EndedAtUtc = DateTime.UtcNow } };
        }
        catch (Exception fault) when (fault is TrialSpecException or SlurmWorkFailedException)
        {
            throw new TrialFailedException(fault.Message, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _queue?.Dispose(); // Jobs go on without this program, unless they were cancelled.

    /// <summary>A trial as work for a cluster.</summary>
    private sealed class Work(TrialSpec spec, TrialFolder place, string? libTorch, IProgress<TrialProgress>? listener) : ISlurmWork
    {
        private TrialProgress? _told;

        public string Key => string.Create(CultureInfo.InvariantCulture, $"{spec.TrialId:0000}{(spec.UntilEpoch is { } until ? $"@{until}" : "")}");

        public string Name => string.Create(CultureInfo.InvariantCulture, $"trial {spec.TrialId}");

        public IReadOnlyList<string> Words(bool lessMemory) => 
        [
            "trial", place.SpecPath, "--output", place.Path, .. lessMemory ? new[] { "--halve-batch" } : [], .. libTorch is null ? [] : new[] { "--libtorch", Path.GetFullPath(libTorch) },
        ];

        public bool IsDone() => place.ReadResult(spec.UntilEpoch) is not null;

        public string? Failure() => place.ReadFailure();

        public long Progress() => place.ReadProgress()?.Epoch ?? 0;

        public void Look()
        {
            if (listener is not null && place.ReadProgress() is { } now && now != _told)
            {
                _told = now;
                listener.Report(now);
            }
        }

        public void Note(string text) => listener?.Report((place.ReadProgress() ?? new(0, spec.UntilEpoch ?? spec.Run.Training.Epochs, null)) with { Note = text });
    }
}
