using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench;

/// <summary>A part of the measurements.</summary>
/// <param name="Name">The word that runs it alone.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Where">Where it belongs to the table of targets.</param>
/// <param name="Run">Measures and reports.</param>
internal sealed record Section(string Name, string Title, Tables Where, Action<BenchOptions, Report> Run)
{
    /// <summary>Refuses, by an <see cref="ArgumentException"/>, what follows the section's name and makes no sense to it; most want nothing there.</summary>
    public Action<IReadOnlyList<string>> CheckWords { get; init; } = words =>
    {
        if (words.Count > 0)
        {
            throw new ArgumentException($"'{string.Join(' ', words)}' is too much: an option begins with --, and one section is run at a time.");
        }
    };
}

/// <summary>The tables of targets: a processor's and a GPU's.</summary>
[Flags]
internal enum Tables
{
    None = 0,
    Cpu = 1,
    Gpu = 2,
    Both = Cpu | Gpu,
}
