using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Metrics;
using ScottPlot;
using SkiaSharp;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>Draws a sweep: Dice and HD95 against what was varied, what is trained and what it takes, and the learning curves.</summary>
internal static class SweepPlots
{
    /// <summary>More series than these cannot be told apart by colour.</summary>
    private const int MostColours = 8;

    // Okabe and Ito's palette, which is told apart with every kind of colour vision; the yellow is left out on white.
    private static readonly Color[] s_colours = [.. new[] { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F5AA2" }.Select(Color.FromHex)];
    private static readonly string? s_font = new[] { "Arial", "Helvetica", "Liberation Sans", "DejaVu Sans" }.FirstOrDefault(SKFontManager.Default.FontFamilies.Contains);
    private static readonly Color s_rest = Color.FromHex("#B8B8B8");

    /// <summary>The plots that there are figures for.</summary>
    public static IReadOnlyList<SweepFigure> Of(SweepOutcome outcome)
    {
        var summary = outcome.Summary;
        // Trials that were stopped early have no Dice on volumes: then all are shown by the figure that all have.
        var volumes = summary.Candidates.Where(candidate => candidate.ValidationDice.Mean is not null).All(candidate => candidate.Dice.Mean is not null);
        (string Key, string Label, double Most, Func<CandidateSummary, Summary> Of, Func<TrialResult, double?> OfTrial)[] measures =
        [
            volumes ? ("dice", "mean Dice", 1, candidate => candidate.Dice, trial => trial.Scores?.Dice)
                : ("dice", "best validation Dice", 1, candidate => candidate.ValidationDice, trial => trial.Metric),
            ("hd95", "mean HD95 in mm", double.PositiveInfinity, candidate => candidate.Hd95Mm, trial => trial.Scores?.Hd95Mm),
        ];
        List<SweepFigure> figures = [];
        foreach (var (key, label, most, of, ofTrial) in measures)
        {
            foreach (var axis in PlotAxis.All(summary))
            {
                if (summary.Candidates.Any(candidate => of(candidate).Mean is not null && axis.Of(candidate) is not null))
                {
                    figures.Add(Against(outcome, axis, (key, label, most), of, ofTrial));
                }
            }
        }
        if (outcome.Results.Any(result => result.Curve.Count > 0))
        {
            figures.Add(Curves(outcome));
        }
        return figures;
    }

    private static SweepFigure Against(SweepOutcome outcome, PlotAxis axis, (string Key, string Label, double Most) measure, Func<CandidateSummary, Summary> of, Func<TrialResult, double?> ofTrial)
    {
        var plot = New(measure.Label);
        CandidateSummary[] shown = [.. outcome.Summary.Candidates.Where(candidate => of(candidate).Mean is not null && axis.Of(candidate) is not null)];
        var place = axis.Apply(plot, [.. shown.Select(candidate => axis.Of(candidate)!.Value)]);
        var trials = outcome.Results.ToDictionary(result => result.TrialSettings.TrialId);
        // A line joins the points that differ in nothing but what is on the axis; parameters and seconds follow from the rank.
        var series = shown.GroupBy(candidate => string.Join(' ', candidate.Parameter.Where(pair => pair.Key != (axis.Key is "parameters" or "seconds" ? "rank" : axis.Key)).Select(pair => Word(pair)))).ToArray();
        for (var index = 0; index < series.Length; index++)
        {
            var colour = index < MostColours ? s_colours[index] : s_rest;
            CandidateSummary[] points = [.. series[index].OrderBy(candidate => axis.Of(candidate))];
            double[] xs = [.. points.Select(candidate => place(axis.Of(candidate)!.Value))];
            double[] ys = [.. points.Select(candidate => of(candidate).Mean!.Value)];
            AddSeeds(plot, points, xs, trials, ofTrial, colour);
            var line = plot.Add.Scatter(xs, ys, colour);
            (line.MarkerSize, line.LineWidth, line.LegendText) = (9, 2, series.Length > 1 && index < MostColours ? series[index].Key : "");
            AddIntervals(plot, [.. points.Select(of)], xs, colour);
        }
        Legend(plot, series.Length is > 1);
        double[] single = [.. shown.SelectMany(candidate => candidate.Trials).Select(trials.GetValueOrDefault).OfType<TrialResult>().Select(ofTrial).OfType<double>().Where(double.IsFinite)];
        var (low, high) = PlotLimits.Of([.. single, .. shown.Select(candidate => of(candidate).Mean!.Value)], shown.Select(of), measure.Most);
        plot.Axes.SetLimitsY(low, high);
        return new($"{measure.Key}-{axis.Key}", $"{Capital(measure.Label)} against {axis.Label}. Large marks: means over seeds; bars: 95 % confidence intervals, cut off where they leave the plot; small marks: single trials.", plot);
    }

    private static void AddSeeds(Plot plot, CandidateSummary[] points, double[] xs, Dictionary<int, TrialResult> trials, Func<TrialResult, double?> of, Color colour)
    {
        for (var index = 0; index < points.Length; index++)
        {
            double[] values = [.. points[index].Trials.Select(trials.GetValueOrDefault).OfType<TrialResult>().Select(of).OfType<double>().Where(double.IsFinite)];
            if (values.Length > 1)
            {
                var single = plot.Add.Markers([.. values.Select(_ => xs[index])], values, MarkerShape.FilledCircle, 5, colour.WithAlpha(0.45));
                single.LegendText = "";
            }
        }
    }

    private static void AddIntervals(Plot plot, Summary[] summaries, double[] xs, Color colour)
    {
        for (var index = 0; index < xs.Length; index++)
        {
            if (summaries[index] is { Mean: { } mean, CiHigh: { } high })
            {
                var bar = plot.Add.ErrorBar([xs[index]], [mean], [high - mean]);
                (bar.Color, bar.LineWidth) = (colour, 1.5f);
            }
        }
    }

    private static SweepFigure Curves(SweepOutcome outcome)
    {
        var plot = New("validation Dice");
        plot.XLabel("epoch");
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        var trials = outcome.Results.ToDictionary(result => result.TrialSettings.TrialId);
        var ranked = SweepText.Ranked(outcome.Summary).Select(candidate => (candidate, Curve: Mean(candidate, trials))).Where(pair => pair.Curve.Count > 0).ToArray();
        for (var index = 0; index < ranked.Length; index++)
        {
            var (candidate, curve) = ranked[index];
            var line = plot.Add.Scatter(curve.Select(point => (double)point.Epoch).ToArray(), curve.Select(point => point.Dice).ToArray(), index < MostColours ? s_colours[index] : s_rest);
            (line.MarkerSize, line.LineWidth, line.LegendText) = (curve.Count == 1 ? 6 : 0, index < MostColours ? 2 : 1, index < MostColours ? string.Join(' ', candidate.Parameter.Select(Word)) : "");
        }
        Legend(plot, ranked.Length > 1);
        return new("learning-curves", $"Mean validation Dice over the seeds after each epoch{(ranked.Length > MostColours ? $"; in colour the best {MostColours} points, the others grey" : "")}.", plot);
    }

    /// <summary>Mean over the seeds that have a validation after the epoch.</summary>
    private static IReadOnlyList<EpochDice> Mean(CandidateSummary candidate, Dictionary<int, TrialResult> trials) =>
        [.. candidate.Trials.Select(trials.GetValueOrDefault).OfType<TrialResult>().SelectMany(result => result.Curve).GroupBy(point => point.Epoch).OrderBy(group => group.Key).Select(group => new EpochDice(group.Key, group.Average(point => point.Dice)))];

    private static Plot New(string label)
    {
        var plot = new Plot();
        if (s_font is { } font)
        {
            plot.Font.Set(font);
        }
        plot.YLabel(label);
        plot.Axes.Left.Label.FontSize = plot.Axes.Bottom.Label.FontSize = 15;
        plot.Axes.Left.TickLabelStyle.FontSize = plot.Axes.Bottom.TickLabelStyle.FontSize = 13;
        plot.Axes.Left.Label.Bold = plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Color.FromHex("#E6E6E6");
        return plot;
    }

    private static void Legend(Plot plot, bool show)
    {
        if (show)
        {
            plot.ShowLegend(Edge.Right);
            return;
        }
        plot.HideLegend();
    }

    /// <summary>Words speak for themselves; numbers need their name.</summary>
    private static string Word(KeyValuePair<string, object> pair) => pair.Value is string word ? word : $"{pair.Key}={Parameter.Text(pair.Value)}";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
