using System.Collections.Concurrent;
using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does trials in worker processes of <c>samed trial</c> on this machine, several at once. A trial whose worker was killed is taken up again by another, from its checkpoint.</summary>
public sealed class WorkerPoolTrialRunner : ITrialRunner
{
    private const int Done = 0, Failed = 1, Usage = 2, Killed = 128 + 9;

    private readonly string _folder;
    private readonly Func<TrialSettings, TrialSpec> _specOf;
    private readonly WorkerPoolOptions _options;
    private readonly SemaphoreSlim _free;
    private readonly ConcurrentQueue<WorkerDevice?> _devices = [];
    private SamedProgram? _program;

    /// <summary>A pool; no process is started before the first trial.</summary>
    /// <param name="folder">The sweep's folder; trials are kept in <c>trials/</c> below it.</param>
    /// <param name="specOf">What a trial is to do; <see cref="TrialSpec.Of"/> makes it from the options that all have in common.</param>
    /// <param name="options">Workers and devices; null for one worker.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WorkerPoolTrialRunner(string folder, Func<TrialSettings, TrialSpec> specOf, WorkerPoolOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(specOf);
        (_folder, _specOf, _options) = (folder, specOf, options ?? new());
        _options.Validate();
        _free = new(MaxParallel);
        for (var worker = 0; worker < MaxParallel; worker++)
        {
            _devices.Enqueue(_options.Devices is { } names ? WorkerDevice.Parse(names[worker % names.Count]) : null);
        }
    }

    /// <inheritdoc/>
    public int MaxParallel => _options.ResolvedParallel;

    /// <summary>Counts processes that the kernel killed for their memory.</summary>
    internal Func<long> MemoryKills { get; init; } = OomKills.Count;

    /// <inheritdoc/>
    /// <exception cref="FileNotFoundException">There is no <c>samed</c> program.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        _program = _options.Program ?? SamedProgram.Find();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _program ??= _options.Program ?? SamedProgram.Find();
        var (spec, place) = TrialPlace.Of(_folder, _specOf, settings);
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        _devices.TryDequeue(out var device);
        try
        {
            var result = place.ReadResult(spec.UntilEpoch) ?? await WorkAsync(_program, spec, place, device, settings.Progress, cancellationToken).ConfigureAwait(false);
            return result with { TrialSettings = settings with { EndedAtUtc = DateTime.UtcNow } };
        }
        catch (TrialSpecException fault)
        {
            throw new TrialFailedException(fault.Message, fault);
        }
        finally
        {
            _devices.Enqueue(device);
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private async Task<TrialResult> WorkAsync(
        SamedProgram program, TrialSpec spec, TrialFolder place, WorkerDevice? device, IProgress<TrialProgress>? progress, CancellationToken cancellationToken)
    {
        place.WriteSpec(spec);
        var halve = false;
        for (var attempt = 1; ; attempt++)
        {
            var kills = MemoryKills();
            using var worker = new WorkerProcess(StartInfo(program, place, device, halve));
            var watch = new ProgressWatch(place, progress);
            var exit = await worker.EndAsync(watch.Look, _options.SaveTime, cancellationToken).ConfigureAwait(false);
            if (exit == Done)
            {
                return place.ReadResult(spec.UntilEpoch) ?? throw new TrialFailedException($"{place.Path}: the worker says that the trial is done, and there is no result.json. Is the disk full?");
            }
            cancellationToken.ThrowIfCancellationRequested();
            if (exit is Failed or Usage)
            {
                throw new TrialFailedException((exit == Failed ? place.ReadFailure() : null) ?? $"{place.Path}: {worker.Said}");
            }
            // An interrupted worker that nobody here has stopped was stopped from outside, like a killed one.
            var how = string.Create(CultureInfo.InvariantCulture, $"its worker ended with exit code {exit}");
            if (attempt == _options.MaxAttempts)
            {
                throw new TrialFailedException(string.Create(CultureInfo.InvariantCulture, $"{place.Path}: {how}, in attempt {attempt} of {_options.MaxAttempts}, so the trial is given up. {worker.Said}"));
            }
            halve |= exit == Killed && MemoryKills() > kills;
            progress?.Report((place.ReadProgress() ?? new(0, spec.UntilEpoch ?? spec.Run.Training.Epochs, null)) with
            {
                Note = $"{how}{(halve ? ", killed for its memory, so the batch is halved" : "")}; it is taken up again",
            });
        }
    }

    private System.Diagnostics.ProcessStartInfo StartInfo(SamedProgram program, TrialFolder place, WorkerDevice? device, bool halve)
    {
        List<string> words = ["trial", place.SpecPath, "--output", place.Path, "--worker"];
        words.AddRange(device is null ? [] : ["--device", device.Option]);
        words.AddRange(halve ? ["--halve-batch"] : []);
        words.AddRange(_options.LibTorch is { } libTorch ? ["--libtorch", libTorch] : []);
        var start = program.Start(words);
        // Tensor operations, and what .NET does beside them.
        foreach (var name in new[] { "OMP_NUM_THREADS", "DOTNET_PROCESSOR_COUNT" })
        {
            start.Environment[name] = _options.ResolvedThreads.ToString(CultureInfo.InvariantCulture);
        }
        if (device?.Visible is { } visible)
        {
            start.Environment["CUDA_VISIBLE_DEVICES"] = visible;
        }
        return start;
    }

    /// <summary>Passes on what a trial's folder says of its progress when it is news.</summary>
    private sealed class ProgressWatch(TrialFolder place, IProgress<TrialProgress>? progress)
    {
        private TrialProgress? _told = place.ReadProgress();

        public void Look()
        {
            if (progress is not null && place.ReadProgress() is { } now && now != _told)
            {
                _told = now;
                progress.Report(now);
            }
        }
    }
}
