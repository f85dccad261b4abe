namespace SAMed.MLNet.Bench.Reporting;

/// <summary>Collects the rows of a section and prints each as it comes.</summary>
internal sealed class Report
{
    private readonly List<Line> _lines = [];

    public IReadOnlyList<Line> Lines => _lines;

    public void Add(Line line)
    {
        _lines.Add(line);
        var against = line.Against.Length > 0 ? $"; against {line.Against}" : "";
        var goal = line.Goal is { } wanted ? $"; {wanted.ValueText}{(wanted.IsMet is { } met ? $" (target {wanted.LimitText}: {(met ? "met" : "MISSED")})" : "")}" : "";
        Console.WriteLine($"  {line.What}: {line.Measured}{against}{goal}");
    }

    public void Add(string what, string measured, string against = "", Goal? goal = null) => Add(new Line(what, measured, against, goal));
}
