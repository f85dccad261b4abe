using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

public sealed class SuccessiveHalvingTunerTests
{
    private static SearchSpace Ranks(int count) => new([new ChoiceDimension("rank", Enumerable.Range(1, count).Cast<object>())]);

    [TestCase(9, 27, null, 1, ExpectedResult = "9@3 3@9 1@all")]
    [TestCase(9, 160, null, 1, ExpectedResult = "9@17 3@51 1@all")]
    [TestCase(5, 160, null, 1, ExpectedResult = "5@53 1@all")]
    [TestCase(9, 160, 20, 1, ExpectedResult = "9@20 3@60 1@all")]
    [TestCase(9, 160, 5, 1, ExpectedResult = "9@5 3@15 1@all")]
    [TestCase(1, 160, null, 1, ExpectedResult = "1@all")]
    [TestCase(2, 160, null, 1, ExpectedResult = "2@all")]
    [TestCase(27, 4, null, 1, ExpectedResult = "27@1 9@3 3@all")]
    [TestCase(9, 27, null, 5, ExpectedResult = "9@5 3@10 1@all")]
    [TestCase(9, 10, 1, 20, ExpectedResult = "9@all")]
    [TestCase(4, 10, 10, 1, ExpectedResult = "4@all")]
    public string Rungs_have_eta_times_the_epochs_and_end_on_a_validation(int candidates, int epochs, int? first, int validateEvery)
    {
        SuccessiveHalvingTuner tuner = new(Ranks(candidates), new() { Epochs = epochs, FirstEpochs = first, ValidateEvery = validateEvery, GridStep = candidates });
        return string.Join(' ', tuner.Rungs.Select(rung => $"{rung.Candidates}@{(rung.UntilEpoch?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "all")}"));
    }

    [Test]
    public void The_best_go_on_and_no_rung_begins_before_the_one_before_has_ended()
    {
        var tuner = Nine();
        var first = Rung(tuner);
        Assert.That(first, Has.Count.EqualTo(9));
        Assert.That(first.Select(trial => trial.UntilEpoch), Is.All.EqualTo(3));
        foreach (var trial in first.Take(8))
        {
            Tell(tuner, trial, Rank(trial) / 10.0);
        }
        Assert.That(tuner.Propose(New()), Is.Null);
        Tell(tuner, first[8], 0.05);
        var second = Rung(tuner);
        Assert.That(second.Select(Rank), Is.EqualTo(new[] { 6, 7, 8 }));
        Assert.That(second.Select(trial => trial.UntilEpoch), Is.All.EqualTo(9));
        second.ForEach(trial => Tell(tuner, trial, 0.5));
        var last = Rung(tuner);
        Assert.That(last.Select(Rank), Is.EqualTo(new[] { 6 }), "of equal ones the first");
        Assert.That(last[0].UntilEpoch, Is.Null);
        Tell(tuner, last[0], 0.9);
        Assert.That(tuner.Propose(New()), Is.Null);
    }

    [Test]
    public void The_order_of_results_changes_nothing()
    {
        SuccessiveHalvingTuner one = Nine(), other = Nine();
        foreach (var _ in one.Rungs)
        {
            var trials = Rung(one);
            Assert.That(Rung(other).Select(trial => (Rank(trial), trial.UntilEpoch)), Is.EqualTo(trials.Select(trial => (Rank(trial), trial.UntilEpoch))));
            trials.ForEach(trial => Tell(one, trial, Rank(trial) % 4));
            trials.AsEnumerable().Reverse().ToList().ForEach(trial => Tell(other, trial, Rank(trial) % 4));
        }
    }

    [Test]
    public void Candidates_that_fail_drop_out()
    {
        var tuner = Nine();
        foreach (var trial in Rung(tuner))
        {
            Tell(tuner, trial, Rank(trial) == 4 ? 0.1 : double.NaN);
        }
        Assert.That(Rung(tuner).Select(Rank), Is.EqualTo(new[] { 4 }));
    }

    [Test]
    public void Nothing_is_left_when_all_fail()
    {
        var tuner = Nine();
        Rung(tuner).ForEach(trial => Tell(tuner, trial, double.NaN));
        Assert.That(Rung(tuner), Is.Empty);
    }

    [Test]
    public void Candidates_can_be_drawn_by_chance()
    {
        SearchSpace space = new([new RangeDimension("lr", 1e-4, 1e-1, log: true)]);
        SuccessiveHalvingTuner tuner = new(space, new() { Epochs = 27, Candidates = 9, Seed = 3 });
        Assert.That(Rung(tuner).Select(trial => trial.Parameter), Is.EqualTo(TunerTests.All(new RandomSearchTuner(space, 3, 9))));
    }

    [Test]
    public void A_result_that_is_not_waited_for_is_refused()
    {
        var tuner = Nine();
        var trial = Rung(tuner)[0];
        Tell(tuner, trial, 1);
        Assert.That(() => Tell(tuner, trial, 1), Throws.ArgumentException);
        Assert.That(() => Tell(tuner, trial with { Parameter = Parameter.Empty }, 1), Throws.ArgumentException);
        Assert.That(() => Tell(tuner, trial with { UntilEpoch = 5 }, 1), Throws.ArgumentException);
    }

    [Test]
    public void Options_out_of_range_are_all_named() =>
        Assert.That(() => new SuccessiveHalvingTuner(Ranks(9), new() { Epochs = 0, Eta = 1, FirstEpochs = 0, Candidates = 0, GridStep = 0, ValidateEvery = 0 }),
            Throws.ArgumentException.With.Message.Contains("Epochs").And.Message.Contains("Eta").And.Message.Contains("FirstEpochs").And.Message.Contains("Candidates").And.Message.Contains("GridStep").And.Message.Contains("ValidateEvery"));

    private static SuccessiveHalvingTuner Nine() => new(Ranks(9), new() { Epochs = 27 });

    private static TrialSettings New() => new() { TrialId = 0, Parameter = Parameter.Empty };

    private static int Rank(TrialSettings settings) => (int)(long)settings.Parameter["rank"];

    private static List<TrialSettings> Rung(SuccessiveHalvingTuner tuner)
    {
        List<TrialSettings> trials = [];
        var settings = New();
        while (tuner.Propose(settings) is { } point)
        {
            trials.Add(settings with { Parameter = point });
            settings = New();
        }
        return trials;
    }

    private static void Tell(SuccessiveHalvingTuner tuner, TrialSettings settings, double metric) => tuner.Update(new() { TrialSettings = settings, Metric = metric, DurationInMilliseconds = 1 });
}
