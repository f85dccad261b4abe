using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>What one worker gives and what several give together, and, by Amdahl's law through both points, what more would give.</summary>
/// <param name="Workers">How many the several are.</param>
/// <param name="One">Pieces of work per second with one.</param>
/// <param name="Together">The same with all.</param>
internal sealed record WorkerScaling(int Workers, double One, double Together)
{
    /// <summary>Workers never give less than one of them alone, nor more than each of them alone: points beyond that are the machine's moods.</summary>
    public bool MakesSense => Workers == 1 || (Together >= One && Together <= Workers * One);

    /// <summary>The share of the work that does not run side by side: speed-up(n) = 1 / (s + (1 - s) / n), solved for s. The nearest that is possible where the points make no sense.</summary>
    public double Serial => Workers == 1 ? 0 : Math.Clamp(((Workers * One / Together) - 1) / (Workers - 1), 0, 1);

    /// <summary>Pieces of work per second with <paramref name="workers"/> workers, each on a core of its own.</summary>
    public double RateOf(int workers) => One / (Serial + ((1 - Serial) / workers));

    /// <summary>Of several attempts the one that gives most, among those that make sense where there are any.</summary>
    public static WorkerScaling Best(IReadOnlyList<WorkerScaling> attempts) => attempts.OrderByDescending(points => points.MakesSense).ThenByDescending(points => points.Together).First();

    public override string ToString() => Numbers.Text($"{One:N0}/s with 1, {Together:N0}/s with {Workers}");
}
