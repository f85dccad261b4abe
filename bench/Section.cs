using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench;

/// <summary>A part of the measurements.</summary>
/// <param name="Name">The word that runs it alone.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Where">Where it belongs to the table of targets.</param>
/// <param name="Run">Measures and reports.</param>
internal sealed record Section(string Name, string Title, Tables Where, Action<BenchOptions, Report> Run);

/// <summary>The tables of targets: a processor's and a GPU's.</summary>
[Flags]
internal enum Tables
{
    None = 0,
    Cpu = 1,
    Gpu = 2,
    Both = Cpu | Gpu,
}
