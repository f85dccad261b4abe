using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class CaseSplitTests
{
    private static readonly MLContext Ml = new(1);

    [Test]
    public void Ten_patients_in_five_folds_are_two_each_and_each_is_tested_once()
    {
        var folds = Ml.Data.CrossValidationSplitByCase(View(10, out _));

        Assert.That(folds.Select(fold => fold.TestCases.Count), Is.EqualTo(new[] { 2, 2, 2, 2, 2 }));
        Assert.That(folds.SelectMany(fold => fold.TestCases), Is.Unique.And.Exactly(10).Items);
        foreach (var fold in folds)
        {
            Assert.That(Cases(fold.TestSet).Distinct(), Is.EqualTo(fold.TestCases));
            Assert.That(Cases(fold.TrainSet).Distinct(), Is.EqualTo(fold.TrainCases));
            Assert.That(fold.TrainCases.Concat(fold.TestCases), Is.Unique.And.Exactly(10).Items);
        }
    }

    [TestCase(11, 3, new[] { 3, 4, 4 })]
    [TestCase(5, 5, new[] { 1, 1, 1, 1, 1 })]
    [TestCase(7, 2, new[] { 3, 4 })]
    public void Folds_differ_by_one_case_at_most(int cases, int folds, int[] sizes) =>
        Assert.That(Ml.Data.CrossValidationSplitByCase(View(cases, out _), folds).Select(fold => fold.TestCases.Count).Order(), Is.EqualTo(sizes));

    [TestCase(0.1, 1)]
    [TestCase(0.26, 3)]
    [TestCase(0.5, 5)]
    [TestCase(0.001, 1)]
    [TestCase(0.999, 9)]
    public void The_test_part_has_its_share_of_the_cases_at_least_one_and_never_all(double fraction, int expected)
    {
        var split = Ml.Data.TrainTestSplitByCase(View(10, out _), fraction);

        Assert.That(split.TestCases, Has.Count.EqualTo(expected));
        Assert.That(split.TrainCases.Concat(split.TestCases), Is.Unique.And.Exactly(10).Items);
    }

    [Test]
    public void The_split_depends_on_names_and_seed_not_on_the_order_of_rows()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(number => $"p{number}")];
        var split = Ml.Data.TrainTestSplitByCase(Named(names), 0.25);

        Assert.That(Ml.Data.TrainTestSplitByCase(Named([.. names.Reverse()]), 0.25).TestCases, Is.EquivalentTo(split.TestCases));
        Assert.That(Ml.Data.TrainTestSplitByCase(Named(names), 0.25, seed: PatientSplit.DefaultSeed).TestCases, Is.EqualTo(split.TestCases));
        Assert.That(Enumerable.Range(0, 5).Select(seed => string.Join(' ', Ml.Data.TrainTestSplitByCase(Named(names), 0.25, seed: seed).TestCases)).Distinct().Count(), Is.GreaterThan(1));
        Assert.That(PatientSplit.Split(names, 0.25, PatientSplit.DefaultSeed).Validation, Is.EqualTo(split.TestCases), "as the command line splits");
    }

    [Test]
    public void The_cases_to_test_on_can_be_named()
    {
        var split = Ml.Data.TrainTestSplitByCase(View(4, out _), ["case3", "case1"]);

        Assert.That(split.TestCases, Is.EqualTo(new[] { "case1", "case3" }));
        Assert.That(Cases(split.TestSet).Distinct(), Is.EqualTo(split.TestCases));
        Assert.That(Cases(split.TrainSet).Distinct(), Is.EqualTo(new[] { "case0", "case2" }).And.EqualTo(split.TrainCases));
    }

    [Test]
    public void Named_cases_must_exist_and_leave_some_to_train_on()
    {
        var view = View(2, out _);

        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, ["case1", "case7"]), Throws.ArgumentException.With.Message.Contains("testing: case7.").And.Message.Contains("case0, case1")
            .And.Property(nameof(ArgumentException.ParamName)).EqualTo("testCases"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, ["case0", "case1"]), Throws.ArgumentException.With.Message.Contains("none is left to train on"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, Array.Empty<string>()), Throws.ArgumentException.With.Message.Contains("empty"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, ["case0"], "Patient"), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Patient'"));
    }

    [Test]
    public void Splitting_and_passing_over_rows_decodes_nothing_of_other_cases()
    {
        var view = View(10, out var files);

        var split = Ml.Data.TrainTestSplitByCase(view, 0.2);
        Assert.That(files.ImagesRead.Concat(files.LabelsRead), Is.Empty);
        var rows = split.TestSet.Read();

        Assert.That(rows, Has.Count.EqualTo(split.TestSet.GetRowCount()));
        Assert.That(rows.Count + split.TrainSet.GetRowCount(), Is.EqualTo(view.GetRowCount()));
        Assert.That(rows.Select(row => row.Position), Is.EqualTo(Enumerable.Range(0, rows.Count)));
        Assert.That(files.ImagesRead.Keys, Is.EquivalentTo(split.TestCases.Select(name => $"{name}.img")));
        Assert.That(files.LabelsRead.Keys, Is.EquivalentTo(split.TestCases.Select(name => $"{name}.lab")));
    }

    [Test]
    public void Parts_shuffle_and_run_in_parallel_as_their_data_do()
    {
        var train = Ml.Data.TrainTestSplitByCase(View(10, out _), 0.3).TrainSet;
        var stored = train.Read().Select(row => row.Id).ToArray();

        var shuffled = train.Read(new Random(1)).Select(row => row.Id).ToArray();
        var parallel = train.GetRowCursorSet(train.Schema, 3).AsParallel().SelectMany(cursor => cursor.ReadToEnd()).Select(row => row.Id).ToArray();

        Assert.That(train.CanShuffle, Is.True);
        Assert.That(shuffled, Is.EquivalentTo(stored).And.Not.EqualTo(stored));
        Assert.That(train.Read(new Random(1)).Select(row => row.Id), Is.EqualTo(shuffled));
        Assert.That(parallel, Is.EquivalentTo(stored));
    }

    [Test]
    public void Columns_that_were_not_asked_for_stay_closed()
    {
        var test = Ml.Data.TrainTestSplitByCase(View(4, out _), 0.5).TestSet;
        using var cursor = test.Cursor("Slice");
        cursor.MoveNext();

        Assert.That(cursor.IsColumnActive(test.Schema["Case"]), Is.False);
        Assert.That(() => cursor.Value<ReadOnlyMemory<char>>("Case"), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(cursor.Value<int>("Slice"), Is.Zero);
    }

    [Test]
    public void Any_data_with_a_text_column_can_be_split()
    {
        var data = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(row => new Visit { Patient = $"p{row % 6}", Value = row }));

        var folds = Ml.Data.CrossValidationSplitByCase(data, 3, nameof(Visit.Patient));

        Assert.That(folds.Select(fold => Ml.Data.CreateEnumerable<Visit>(fold.TestSet, reuseRowObject: false).Count()), Is.EqualTo(new[] { 10, 10, 10 }));
        var values = folds.SelectMany(fold => Ml.Data.CreateEnumerable<Visit>(fold.TestSet, reuseRowObject: false)).Select(visit => visit.Value);
        Assert.That(values, Is.EquivalentTo(Enumerable.Range(0, 30)));
    }

    [Test]
    public void What_cannot_be_split_is_refused()
    {
        var view = View(3, out _);

        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("fraction"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Ml.Data.TrainTestSplitByCase(View(1, out _), 0.5), Throws.ArgumentException.With.Message.Contains("case0"));
        Assert.That(() => Ml.Data.CrossValidationSplitByCase(view, 4), Throws.ArgumentException.With.Message.Contains("4 folds").And.Message.Contains("holds 3"));
        Assert.That(() => Ml.Data.CrossValidationSplitByCase(view, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, caseColumnName: "Patient"), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("'Patient'").And.Message.Contains("Case, Slice"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(view, caseColumnName: "Slice"), Throws.TypeOf<SchemaMismatchException>().With.Message.Contains("Int32"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(Named([])), Throws.ArgumentException.With.Message.Contains("no rows"));
        Assert.That(() => Ml.Data.TrainTestSplitByCase(Named(["a", "", "b"])), Throws.ArgumentException.With.Message.Contains("row 1"));
    }

    private static IDataView Named(string[] names) => Ml.Data.LoadFromEnumerable(names.Select(name => new Row { Case = name }));

    private static SliceDataView View(int cases, out MemoryFiles files)
    {
        files = new();
        return SliceDataView.Create(files.AddVolumes(cases), new(), files);
    }

    private static IEnumerable<string> Cases(IDataView data)
    {
        using var cursor = data.Cursor("Case");
        while (cursor.MoveNext())
        {
            yield return cursor.Value<ReadOnlyMemory<char>>("Case").ToString();
        }
    }

    private sealed class Row
    {
        public string Case { get; set; } = "";
    }

    private sealed class Visit
    {
        public string Patient { get; set; } = "";

        public int Value { get; set; }
    }
}
