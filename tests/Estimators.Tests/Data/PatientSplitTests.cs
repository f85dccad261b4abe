using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class PatientSplitTests
{
    private static readonly string[] Cases = [.. Enumerable.Range(1, 20).Select(i => $"case{i:d4}")];

    [TestCase(0.0, 0)]
    [TestCase(0.01, 1)]
    [TestCase(0.2, 4)]
    [TestCase(0.99, 19)]
    public void Keeps_the_asked_for_share_and_never_takes_all(double fraction, int expected)
    {
        var (training, validation) = PatientSplit.Split(Cases, fraction, seed: 1);

        Assert.That(validation, Has.Count.EqualTo(expected));
        Assert.That(training.Concat(validation), Is.EquivalentTo(Cases));
    }

    [Test]
    public void Depends_on_names_and_seed_not_on_the_order_of_files()
    {
        var (_, one) = PatientSplit.Split(Cases, 0.3, seed: 7);
        var (_, reversed) = PatientSplit.Split([.. Cases.Reverse()], 0.3, seed: 7);
        var (_, other) = PatientSplit.Split(Cases, 0.3, seed: 8);

        Assert.That(reversed, Is.EquivalentTo(one));
        Assert.That(other, Is.Not.EquivalentTo(one));
    }

    [Test]
    public void Folds_are_as_even_as_whole_cases_allow_and_validate_every_case_once()
    {
        var folds = PatientSplit.Folds(Cases, 6, seed: 1);

        Assert.That(folds.Select(fold => fold.Validation.Count).Order(), Is.EqualTo(new[] { 3, 3, 3, 3, 4, 4 }));
        Assert.That(folds.SelectMany(fold => fold.Validation), Is.EquivalentTo(Cases));
        Assert.That(folds, Is.All.Matches<(IReadOnlyList<string> Training, IReadOnlyList<string> Validation)>(fold => !fold.Training.Intersect(fold.Validation).Any()));
        Assert.That(PatientSplit.Folds([.. Cases.Reverse()], 6, seed: 1).Select(fold => fold.Validation.Order()), Is.EqualTo(folds.Select(fold => fold.Validation.Order())));
        Assert.That(() => PatientSplit.Folds(Cases, 21, 1), Throws.ArgumentException.With.Message.Contains("21"));
        Assert.That(() => PatientSplit.Folds(Cases, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_single_case_is_all_training() =>
        Assert.That(PatientSplit.Split(["only"], 0.5, 1).Validation, Is.Empty);

    [Test]
    public void An_unknown_name_is_refused_and_lists_the_cases() =>
        Assert.That(() => PatientSplit.ByName(Cases, ["case9999"]), Throws.ArgumentException.With.Message.Contains("case9999").And.Message.Contains("case0001"));
}
