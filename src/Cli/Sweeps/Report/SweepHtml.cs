using System.Globalization;
using System.Net;
using System.Text;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>The page of a sweep: table, plots, trials, failures and options in one file that asks the network for nothing.</summary>
internal static class SweepHtml
{
    private const string Style = """
        :root { color-scheme: light; }
        body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1c1c1c; background: #fff; max-width: 1360px; margin: 2rem auto; padding: 0 1.2rem; }
        h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
        .about { color: #555; margin: 0 0 1.2rem; } .best { border-left: 4px solid #0072b2; background: #f3f8fb; padding: .6rem 1rem; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .55rem; border-bottom: 1px solid #e3e3e3; text-align: right; white-space: nowrap; } th { border-bottom: 2px solid #999; }
        th.text, td.text { text-align: left; } td.long { white-space: normal; min-width: 16rem; text-align: left; } tr.first td { background: #f3f8fb; font-weight: 600; } .failed { color: #a4262c; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 1.4rem; } figure { margin: 0; } figure svg { width: 100%; height: auto; }
        figcaption { color: #555; font-size: .88rem; } pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: .85rem; } code { font-size: .9em; overflow-wrap: anywhere; }
        """;

    public static string Page(TrainingSweep sweep, SweepOutcome outcome, BestModel? best, IReadOnlyList<SweepFigure> figures)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Sweep</title><style>\n").Append(Style).Append("\n</style></head><body>\n");
        Head(page, sweep, outcome);
        Best(page, outcome, best);
        Candidates(page, outcome.Summary);
        Plots(page, figures);
        Failures(page, outcome);
        Trials(page, outcome);
        page.Append("<h2>Options</h2><details><summary>What makes this sweep</summary><pre>").Append(Escape(sweep.Definition.ToJson())).Append("</pre></details>\n</body></html>\n");
        return page.ToString();
    }

    private static void Head(StringBuilder page, TrainingSweep sweep, SweepOutcome outcome)
    {
        var states = outcome.Trials.GroupBy(trial => trial.State).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}");
        var end = outcome.End switch { SweepEnd.Completed => "complete", SweepEnd.TimeIsUp => "stopped when its time was up", _ => "stopped" };
        page.Append("<h1>Sweep</h1>\n<p class=\"about\">").Append(Escape(string.Create(CultureInfo.InvariantCulture,
            $"{ProductVersion.Text}. {outcome.Summary.Candidates.Count} points, {outcome.Trials.Count} trials: {string.Join(", ", states)}; {end}. Validated on {string.Join(", ", sweep.Options.Run.ValidationCases ?? [])}.")))
            .Append("</p>\n");
    }

    private static void Best(StringBuilder page, SweepOutcome outcome, BestModel? best)
    {
        if (outcome.Best is not { } result || best is null)
        {
            page.Append("<p class=\"best failed\">").Append(Escape(SweepText.LearntNothing(outcome) ?? "No trial has a result.")).Append("</p>\n");
            return;
        }
        page.Append("<div class=\"best\">").Append(Escape(string.Create(CultureInfo.InvariantCulture,
            $"Best model: trial {result.TrialSettings.TrialId} ({SweepText.PointOf(result.TrialSettings.Parameter)}, seed {result.TrialSettings.Seed}), validation Dice {SweepText.Figure(result.Metric)} in epoch {result.BestEpoch}.")))
            .Append(SweepText.BestPoint(outcome.Summary) is { } point ? $"<br>{Escape(point)}" : "")
            .Append(SweepText.LearntNothing(outcome) is { } warning ? $"<br><span class=\"failed\">{Escape(warning)}</span>" : "")
            .Append("<br><code>").Append(Escape($"samed predict --sam {best.SamFile} --lora {best.LoraFile} --input IMAGE --output LABELS.nii.gz")).Append("</code></div>\n");
    }

    private static void Candidates(StringBuilder page, SweepSummary summary)
    {
        var names = SweepText.Names(summary);
        page.Append("<h2>Points</h2><p>Mean ± standard deviation over the seeds, and the 95 % confidence interval of the mean by Student's t. Validation Dice decides: the best epoch is chosen by it, so it compares points and is no estimate for new patients. ")
            .Append("Dice and HD95 are those of the best weights on the validation cases in their own geometry.</p>\n<div class=\"wide\">");
        Table(page, [.. names, "seeds done", "epochs", "validation Dice", "95 % CI", "Dice", "95 % CI", "HD95 mm", "trained numbers", "seconds"], SweepText.Ranked(summary).Select(candidate => new Row(
        [
            .. names.Select(name => SweepText.ValueOf(candidate.Parameter, name)), candidate.Failed == 0 ? $"{candidate.Done}" : $"{candidate.Done}, {candidate.Failed} failed",
            candidate.Epochs is { } epochs ? $"{epochs}{(candidate.Complete ? "" : " (stopped)")}" : "-", SweepText.Spread(candidate.ValidationDice, "0.0000"), SweepText.Interval(candidate.ValidationDice, "0.0000"),
            SweepText.Spread(candidate.Dice, "0.0000"), SweepText.Interval(candidate.Dice, "0.0000"), SweepText.Spread(candidate.Hd95Mm, "0.00"),
            candidate.TrainableParameters?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-", candidate.Seconds.Mean?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-",
        ], candidate.Candidate == summary.BestCandidate ? "first" : "")));
        page.Append("</div>\n");
    }

    private static void Plots(StringBuilder page, IReadOnlyList<SweepFigure> figures)
    {
        if (figures.Count == 0)
        {
            return;
        }
        page.Append("<h2>Plots</h2><div class=\"plots\">\n");
        foreach (var figure in figures)
        {
            page.Append("<figure>").Append(figure.Inline()).Append("<figcaption>").Append(Escape(figure.Caption)).Append("</figcaption></figure>\n");
        }
        page.Append("</div>\n");
    }

    private static void Failures(StringBuilder page, SweepOutcome outcome)
    {
        var failures = outcome.Summary.Failures;
        var halved = outcome.Results.Where(result => result.HalvedBatch).Select(result => result.TrialSettings.TrialId).ToArray();
        if (failures.Count > 0)
        {
            page.Append("<h2 class=\"failed\">Failures</h2><div class=\"wide\">");
            Table(page, ["trial", "point", "seed", "error"], failures.Select(failure => new Row([$"{failure.Trial}", SweepText.PointOf(failure.Parameter), $"{failure.Seed}", failure.Error], "failed", LongLast: true)));
            page.Append("</div>\n");
        }
        if (halved.Length > 0)
        {
            page.Append("<p>").Append(Escape($"Memory ran out in trial {string.Join(", ", halved)}: trained with half the batch and twice the accumulation.")).Append("</p>\n");
        }
    }

    private static void Trials(StringBuilder page, SweepOutcome outcome)
    {
        page.Append("<h2>Trials</h2><div class=\"wide\">");
        Table(page, ["trial", "point", "seed", "state", "epochs", "validation Dice", "best epoch", "Dice", "HD95 mm", "time"], outcome.Trials.Select(trial => new Row(
        [
            $"{trial.Settings.TrialId}", SweepText.PointOf(trial.Settings.Parameter), $"{trial.Settings.Seed}", trial.State.ToString().ToLowerInvariant(), $"{trial.Result?.Epochs ?? trial.Progress?.Epoch}",
            SweepText.Figure(trial.Result?.Metric ?? trial.Progress?.Dice), $"{trial.Result?.BestEpoch}", SweepText.Figure(trial.Result?.Scores?.Dice), trial.Result?.Scores?.Hd95Mm?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-",
            trial.Result is { } result ? TrainingConsole.Duration(TimeSpan.FromMilliseconds(result.DurationInMilliseconds)) : "-",
        ], trial.State == TrialState.Failed ? "failed" : "")));
        page.Append("</div>\n");
    }

    private static void Table(StringBuilder page, string[] headings, IEnumerable<Row> rows)
    {
        page.Append("<table><thead><tr>").AppendJoin("", headings.Select(heading => $"<th{Class(heading)}>{Escape(heading)}</th>")).Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            page.Append(row.Class.Length == 0 ? "<tr>" : $"<tr class=\"{row.Class}\">")
                .AppendJoin("", row.Cells.Select((cell, index) => $"<td{(row.LongLast && index == row.Cells.Length - 1 ? " class=\"long\"" : Class(headings[index]))}>{Escape(cell)}</td>")).Append("</tr>\n");
        }
        page.Append("</tbody></table>");
    }

    private static string Class(string heading) => heading is "point" or "state" or "error" or "placement" or "layers" ? " class=\"text\"" : "";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private sealed record Row(string[] Cells, string Class, bool LongLast = false);
}
