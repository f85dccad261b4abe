using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench;

/// <summary>A part of the measurements.</summary>
/// <param name="Name">The word that runs it alone.</param>
/// <param name="Title">Its heading.</param>
/// <param name="InTable">Whether it belongs to the table of targets.</param>
/// <param name="Run">Measures and reports.</param>
internal sealed record Section(string Name, string Title, bool InTable, Action<BenchOptions, Report> Run);
