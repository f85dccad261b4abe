using System.Globalization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>How many worker processes there are, and what each may use.</summary>
public sealed record WorkerPoolOptions
{
    /// <summary>Workers at once; with <see cref="Devices"/> one per device unless more are asked for, which then share them. Default 1.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>The devices that workers compute on, in turn: numbers of CUDA devices (<c>0</c>), <c>cuda:N</c>, or <c>cpu</c>. A worker sees no GPU but its own. Default null = what each trial's definition says.</summary>
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Threads of a worker's tensor operations on the CPU. Trials give the same bits on the same number of threads. Default null = the processors divided by the workers, at least 1.</summary>
    public int? Threads { get; init; }

    /// <summary>How often a trial is begun at most, when its worker is killed. Default 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How long a worker that is to stop may save before it is killed. Default 5 minutes.</summary>
    public TimeSpan SaveTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The program. Default null = <see cref="SamedProgram.Find"/>.</summary>
    public SamedProgram? Program { get; init; }

    /// <summary>Folder of a libtorch of one's own, for the workers; null = as they find it.</summary>
    public string? LibTorch { get; init; }

    /// <summary>Workers at once, the default resolved.</summary>
    public int ResolvedParallel => Math.Max(Parallel, Devices?.Count ?? 1);

    /// <summary>Threads of a worker, the default resolved.</summary>
    public int ResolvedThreads => Threads ?? Math.Max(1, Environment.ProcessorCount / ResolvedParallel);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Parallel >= 1, nameof(Parallel), "at least 1", Parallel.ToString(CultureInfo.InvariantCulture));
        Check(Threads is null or >= 1, nameof(Threads), "at least 1", $"{Threads}");
        Check(MaxAttempts >= 1, nameof(MaxAttempts), "at least 1", MaxAttempts.ToString(CultureInfo.InvariantCulture));
        Check(SaveTime > TimeSpan.Zero, nameof(SaveTime), "above 0", SaveTime.ToString());
        Check(Devices is not { Count: 0 }, nameof(Devices), "at least one device", "none");
        foreach (var device in (Devices ?? []).Where(device => WorkerDevice.Parse(device) is null))
        {
            Check(false, nameof(Devices), "numbers of CUDA devices such as 0 and 1, cuda:N, or cpu", $"'{device}'");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Worker pool: {string.Join("; ", faults)}.");
        }

        void Check(bool holds, string name, string expected, string got)
        {
            if (!holds)
            {
                faults.Add($"{name} must be {expected}, got {got}");
            }
        }
    }
}
