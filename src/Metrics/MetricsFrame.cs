using Microsoft.Data.Analysis;

namespace SAMed.MLNet.Metrics;

/// <summary>Scores as data frames. Undefined values are null.</summary>
internal static class MetricsFrame
{
    /// <summary>One row per case and organ.</summary>
    public static DataFrame OfCases(SegmentationReport report)
    {
        (string Case, OrganScore Score)[] rows = [.. report.Cases.SelectMany(scores => scores.Organs.Select(score => (scores.Case, score)))];
        var policy = PolicyName(report.Options.Policy);
        return new(
            new StringDataFrameColumn("Case", rows.Select(row => row.Case)),
            new Int32DataFrameColumn("Id", rows.Select(row => row.Score.Id)),
            new StringDataFrameColumn("Organ", rows.Select(row => row.Score.Name)),
            new StringDataFrameColumn("Policy", rows.Select(_ => policy)),
            new DoubleDataFrameColumn("Dice", rows.Select(row => row.Score.Dice)),
            new DoubleDataFrameColumn("Hd", rows.Select(row => row.Score.Hd)),
            new DoubleDataFrameColumn("Hd95", rows.Select(row => row.Score.Hd95)),
            new DoubleDataFrameColumn("Assd", rows.Select(row => row.Score.Assd)),
            new DoubleDataFrameColumn("Nsd", rows.Select(row => row.Score.Nsd)),
            new Int32DataFrameColumn("ReferenceVoxels", rows.Select(row => row.Score.ReferenceVoxels)),
            new Int32DataFrameColumn("PredictedVoxels", rows.Select(row => row.Score.PredictedVoxels)),
            new BooleanDataFrameColumn("Missed", rows.Select(row => row.Score.IsMissed)),
            new BooleanDataFrameColumn("Invented", rows.Select(row => row.Score.IsInvented)));
    }

    /// <summary>One row per organ.</summary>
    public static DataFrame OfOrgans(IReadOnlyList<OrganSummary> organs) => new(
    [
        new Int32DataFrameColumn("Id", organs.Select(organ => organ.Id)),
        new StringDataFrameColumn("Organ", organs.Select(organ => organ.Name)),
        .. Columns("Dice", organs.Select(organ => organ.Dice)),
        .. Columns("Hd", organs.Select(organ => organ.Hd)),
        .. Columns("Hd95", organs.Select(organ => organ.Hd95)),
        .. Columns("Assd", organs.Select(organ => organ.Assd)),
        .. Columns("Nsd", organs.Select(organ => organ.Nsd)),
        new Int32DataFrameColumn("Missed", organs.Select(organ => organ.Missed)),
        new Int32DataFrameColumn("Invented", organs.Select(organ => organ.Invented)),
    ]);

    /// <summary>As reports name it.</summary>
    public static string PolicyName(EmptyMaskPolicy policy) => policy == EmptyMaskPolicy.Paper ? "paper" : "strict";

    private static DataFrameColumn[] Columns(string measure, IEnumerable<Summary> values) =>
    [
        new DoubleDataFrameColumn(measure, values.Select(value => value.Mean)),
        new DoubleDataFrameColumn(measure + "Std", values.Select(value => value.Std)),
        new DoubleDataFrameColumn(measure + "CiLow", values.Select(value => value.CiLow)),
        new DoubleDataFrameColumn(measure + "CiHigh", values.Select(value => value.CiHigh)),
        new Int32DataFrameColumn(measure + "N", values.Select(value => value.N)),
    ];
}
