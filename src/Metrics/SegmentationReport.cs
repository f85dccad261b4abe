namespace SAMed.MLNet.Metrics;

/// <summary>The scores of a set of cases and their summary per organ.</summary>
public sealed class SegmentationReport
{
    /// <summary>Summarises cases.</summary>
    /// <param name="cases">The scores, which the report keeps in this order.</param>
    /// <param name="options">The options that the cases were scored with.</param>
    /// <exception cref="ArgumentException">Invalid options, or one id under two names.</exception>
    public SegmentationReport(IReadOnlyList<CaseScores> cases, MetricOptions options)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (Cases, Options) = ([.. cases], options);
        Organs = [.. Cases.SelectMany(scores => scores.Organs).GroupBy(score => score.Id).Select(scores => Summarize([.. scores]))];
        MeanDice = MeanOverOrgans(organ => organ.Dice);
        MeanHd95 = MeanOverOrgans(organ => organ.Hd95);
    }

    /// <summary>The scores per case.</summary>
    public IReadOnlyList<CaseScores> Cases { get; }

    /// <summary>The options that the cases were scored with.</summary>
    public MetricOptions Options { get; }

    /// <summary>One summary per organ, in the order in which the cases name them.</summary>
    public IReadOnlyList<OrganSummary> Organs { get; }

    /// <summary>Mean over organs of their mean Dice, as SAMed prints it; organs without a defined value are left out; null when none has one.</summary>
    public double? MeanDice { get; }

    /// <summary>Mean over organs of their mean HD95, likewise.</summary>
    public double? MeanHd95 { get; }

    /// <summary>The report as JSON, undefined values null, numbers as short as they can be and still exact:
    /// <code>{"policy":"strict|paper","spacing":"geometry|voxel","cases":[{"case","organs":[{"id","name","dice","hd","hd95","assd","nsd","referenceVoxels","predictedVoxels"}]}],
    /// "organs":[{"id","name","dice":{"mean","std","ci95":[lo,hi],"n"},"hd":{…},"hd95":{…},"assd":{…},"nsd":{…},"missed","invented"}],"mean":{"dice","hd95"}}</code></summary>
    public string ToJson() => ReportJson.Write(this);

    /// <summary>One line per case and organ under a header, comma separated, point as decimal sign, undefined values empty (RFC 4180, lines end in LF).</summary>
    public string ToCsv() => ReportCsv.Write(this);

    /// <summary>A Markdown table: per organ the means with 95 % confidence intervals, and the missed and invented organs.</summary>
    public string ToMarkdown() => ReportMarkdown.Write(this);

    private OrganSummary Summarize(IReadOnlyList<OrganScore> scores)
    {
        var (id, name) = (scores[0].Id, scores[0].Name);
        if (scores.FirstOrDefault(score => score.Name != name) is { } other)
        {
            throw new ArgumentException($"Organ {id} is called '{name}' in one case and '{other.Name}' in another: score all cases with one label table.");
        }
        var measure = 0;
        Summary Of(Func<OrganScore, double?> value) => Summary.Of(scores.Select(value), Options, (id * 16L) + measure++);
        return new(id, name, Of(s => s.Dice), Of(s => s.Hd), Of(s => s.Hd95), Of(s => s.Assd), Of(s => s.Nsd),
            scores.Count(score => score.IsMissed), scores.Count(score => score.IsInvented));
    }

    private double? MeanOverOrgans(Func<OrganSummary, Summary> measure) => Organs.Select(organ => measure(organ).Mean).Average();
}
