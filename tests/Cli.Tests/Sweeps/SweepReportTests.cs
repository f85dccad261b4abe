using SAMed.MLNet.Cli.Sweeps;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary><see cref="PlotLimits"/>, and what <see cref="SweepText"/> says of a whole sweep.</summary>
internal sealed class SweepReportTests
{
    [Test]
    public void The_axis_follows_means_and_trials_where_an_interval_leaves_what_can_be()
    {
        var (low, high) = PlotLimits.Of([0.85, 0.90, 0.80], [new(0.85, 0.07, 0.21, 1.49, 2), new(0.80, null, null, null, 1)], most: 1);

        Assert.That(low, Is.InRange(0.6, 0.8));
        Assert.That(high, Is.InRange(0.9, 1.0));
    }

    [Test]
    public void No_distance_below_0_is_shown_and_a_long_interval_does_not_press_the_means_together()
    {
        var (low, high) = PlotLimits.Of([2, 4, 6], [new(4, 2, -40, 48, 2)], most: double.PositiveInfinity);

        Assert.That(low, Is.Zero);
        Assert.That(high, Is.InRange(6.5, 12));
    }

    [Test]
    public void An_interval_that_is_no_wider_than_the_values_is_shown_whole()
    {
        var (low, high) = PlotLimits.Of([0.5, 0.6, 0.7], [new(0.6, 0.05, 0.45, 0.75, 3)], most: 1);

        Assert.That(low, Is.LessThan(0.45));
        Assert.That(high, Is.GreaterThan(0.75));
    }

    [Test]
    public void Values_that_are_all_the_same_have_an_axis_too()
    {
        var (low, high) = PlotLimits.Of([0, 0], [new(0, 0, 0, 0, 2)], most: 1);

        Assert.That(low, Is.Zero);
        Assert.That(high, Is.GreaterThan(0));
    }

    [Test]
    public void The_best_setting_is_that_with_the_best_mean_not_that_of_the_best_trial()
    {
        var outcome = Outcome((1, 0.95), (1, 0.05), (2, 0.80), (2, 0.70));

        Assert.That(outcome.Summary.BestTrial, Is.Zero);
        Assert.That(SweepText.BestPoint(outcome.Summary), Does.StartWith("Best setting: rank=2, mean validation Dice 0.7500 ± ").And.EndsWith("over 2 seeds."));
    }

    [TestCase(0, double.NaN, true)]
    [TestCase(0, 0, true)]
    [TestCase(0, 0.01, false)]
    public void A_sweep_in_which_nothing_was_learnt_is_told(double first, double second, bool told) =>
        Assert.That(SweepText.LearntNothing(Outcome((1, first), (2, second))), told ? Does.Contain("No trial learnt anything") : Is.Null);

    private static SweepOutcome Outcome(params (int Rank, double Metric)[] trials)
    {
        var records = trials.Select((trial, id) =>
        {
            var settings = new TrialSettings { TrialId = id, Parameter = new Parameter(new Dictionary<string, object> { ["rank"] = (long)trial.Rank }), Seed = id };
            return new TrialRecord
            {
                Settings = settings, Candidate = trial.Rank - 1, State = TrialState.Done, Result = new() { TrialSettings = settings, Metric = trial.Metric, DurationInMilliseconds = 1 },
            };
        }).ToArray();
        return new() { End = SweepEnd.Completed, Trials = records, Best = null };
    }
}
