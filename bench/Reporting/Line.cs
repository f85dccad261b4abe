namespace SAMed.MLNet.Bench.Reporting;

/// <summary>One row of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Against">What it is compared with; empty where nothing is.</param>
/// <param name="Goal">The ratio of the two, and its target; null where there is neither.</param>
internal sealed record Line(string What, string Measured, string Against = "", Goal? Goal = null);

/// <summary>The rows of one section.</summary>
internal sealed record SectionLines(string Title, IReadOnlyList<Line> Lines, string? Failure = null);
