using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class CrossValidateTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly ScoredCase[] Cases = [.. Enumerable.Range(1, 6).Select(seed => ScoredCase.Phantom(seed, depth: 4))];
    private static readonly EvaluationColumns Columns = new();

    [Test]
    public void Every_case_is_tested_on_once_by_a_model_that_was_not_trained_on_it()
    {
        var estimator = new FakeSegmentation(Ml);
        using var result = Run(estimator);
        Assert.Multiple(() =>
        {
            Assert.That(result.Folds.Select(fold => fold.Fold), Is.EqualTo(new[] { 0, 1, 2 }));
            Assert.That(result.Folds.SelectMany(fold => fold.TestCases), Is.EquivalentTo(Cases.Select(scored => scored.Name)));
            foreach (var fold in result.Folds)
            {
                Assert.That(fold.Model, Is.SameAs(estimator.Models[fold.Fold]));
                Assert.That(estimator.Models[fold.Fold].TrainCases, Is.EquivalentTo(Cases.Select(scored => scored.Name).Except(fold.TestCases)));
                Assert.That(fold.Metrics.PerCase.Select(scores => scores.Case), Is.EquivalentTo(fold.TestCases));
                Assert.That(Ml.Segmentation().Evaluate(fold.ScoredHoldOutSet, classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(fold.Metrics.Report.ToJson()));
            }
        });
    }

    [Test]
    public void The_reports_summarise_the_folds_means()
    {
        using var result = Run(new FakeSegmentation(Ml));
        double[] dice = [.. result.Folds.Select(fold => fold.Metrics.MeanDice!.Value)];
        double[] liver = [.. result.Folds.Select(fold => fold.Metrics.PerOrgan.Single(organ => organ.Id == 5).Hd95.Mean!.Value)];
        var std = Math.Sqrt(dice.Sum(value => Math.Pow(value - dice.Average(), 2)) / 2);
        Assert.Multiple(() =>
        {
            Assert.That(dice, Is.Ordered.Descending, "each fake is worse than the one before");
            Assert.That(result.MeanDice.Mean, Is.EqualTo(dice.Average()).Within(1e-12));
            Assert.That(result.MeanDice.Std, Is.EqualTo(std).Within(1e-12));
            Assert.That(result.MeanDice.CiHigh - result.MeanDice.Mean, Is.EqualTo(4.30265 * std / Math.Sqrt(3)).Within(1e-5));
            Assert.That(result.MeanDice.N, Is.EqualTo(3));
            Assert.That(result.PerOrgan.Single(organ => organ.Id == 5).Hd95.Mean, Is.EqualTo(liver.Average()).Within(1e-12));
            Assert.That(result.Report, Is.SameAs(result.Strict));
            Assert.That(result.Paper.MeanDice.Mean, Is.EqualTo(result.Folds.Average(fold => fold.Metrics.Paper.MeanDice!.Value)).Within(1e-12));
            Assert.That(result.Strict.MeanNsd.Mean, Is.EqualTo(result.Folds.Average(fold => fold.Metrics.PerOrgan.Select(organ => organ.Nsd.Mean).Average())).Within(1e-12));
        });
    }

    [Test]
    public void The_pooled_scores_hold_every_case()
    {
        using var result = Run(new FakeSegmentation(Ml));
        Assert.That(result.Pooled.PerCase.Select(scores => scores.Case), Is.EqualTo(Cases.Select(scored => scored.Name)));
        foreach (var scores in result.Folds.SelectMany(fold => fold.Metrics.PerCase))
        {
            Assert.That(result.Pooled.PerCase.Single(pooled => pooled.Case == scores.Case).Organs, Is.EqualTo(scores.Organs));
        }
    }

    [Test]
    public void The_frames_hold_folds()
    {
        using var result = Run(new FakeSegmentation(Ml));
        var (frame, summary) = (result.ToDataFrame(EmptyMaskPolicy.Paper), result.ToSummaryDataFrame());
        Assert.Multiple(() =>
        {
            Assert.That(frame.Columns.Select(column => column.Name).Take(3), Is.EqualTo(new[] { "Fold", "Case", "Id" }));
            Assert.That(frame.Rows.Count, Is.EqualTo(6 * 8));
            Assert.That(frame.Rows.Select(row => (Name: (string)row[1], Fold: (int)row[0])).Where(row => !result.Folds[row.Fold].TestCases.Contains(row.Name)), Is.Empty);
            Assert.That(frame["Policy"][0], Is.EqualTo("paper"));
            Assert.That(summary.Rows.Count, Is.EqualTo(8));
            Assert.That(summary["DiceN"][4], Is.EqualTo(3));
        });
    }

    [Test]
    public void The_table_names_folds_and_both_policies()
    {
        using var result = Run(new FakeSegmentation(Ml));
        var lines = result.ToString().TrimEnd('\n').Split('\n');
        var mean = FormattableString.Invariant($"{result.MeanDice.Mean:0.0000} [{result.MeanDice.CiLow:0.0000}, {result.MeanDice.CiHigh:0.0000}]");
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.StartWith("folds: 3, cases: 6; empty masks by the strict policy"));
            Assert.That(lines[1], Does.Contain("folds"));
            Assert.That(lines[^3], Does.StartWith("mean, strict policy").And.Contain(mean));
            Assert.That(lines[^2], Does.StartWith("mean, paper policy"));
            Assert.That(lines[^1], Does.Contain("Student's t"));
        });
    }

    [Test]
    public void Label_side_transforms_are_applied_to_the_test_set()
    {
        // As stored, every label is 100 too high; only in training and testing is that put right.
        var rows = Cases.SelectMany(scored => scored.Rows()).Select(row =>
        {
            row.Label = Array.ConvertAll(row.Label, id => (byte)(id + 100));
            return row;
        });
        var pipeline = Ml.Transforms.CustomMapping<Ids, Ids>((from, to) => to.Label = Array.ConvertAll(from.Label, id => (byte)(id - 100)), contractName: null)
            .AppendCacheCheckpoint(Ml).Append(new FakeSegmentation(Ml));
        var labelSide = new EstimatorChain<ITransformer>().Append(Ml.Transforms.CustomMapping<Ids, Ids>((from, to) => to.Label = Array.ConvertAll(from.Label, id => (byte)(id - 100)), contractName: null),
            TransformerScope.TrainTest).Append(new FakeSegmentation(Ml));
        using var result = Ml.Segmentation().CrossValidate(rows.ToView(Ml), labelSide, Columns, 3, classes: ScoredRows.Organs);
        using var everywhere = Ml.Segmentation().CrossValidate(rows.ToView(Ml), pipeline, Columns, 3, classes: ScoredRows.Organs);
        Assert.That(result.Folds[0].Metrics.MeanDice, Is.EqualTo(1));
        Assert.That(result.Pooled.Report.ToJson(), Is.EqualTo(everywhere.Pooled.Report.ToJson()));
    }

    [Test]
    public void Without_names_every_fold_has_the_classes_of_all()
    {
        ScoredRow Slice(string name, byte id) => new() { Case = name, Height = 1, Width = 3, Label = [0, id, id], PredictedLabel = [0, id, id] };
        using var result = Ml.Segmentation().CrossValidate(
            new[] { Slice("a", 1), Slice("b", 1), Slice("c", 4) }.ToView(Ml), new FakeSegmentation(Ml), numberOfFolds: 3, options: new() { Unit = DistanceUnit.Voxel });
        Assert.That(result.Folds.Select(fold => fold.Metrics.Classes.Count), Is.All.EqualTo(4));
        Assert.That(result.Paper.Organs[3].Dice.N, Is.EqualTo(3), "the published rule counts absent organs");
        Assert.That(result.Strict.Organs[3].Dice.N, Is.EqualTo(1));
    }

    [Test]
    public void The_seed_deals_the_cases_out()
    {
        using var one = Ml.Segmentation().CrossValidate(View(), new FakeSegmentation(Ml), 3, seed: 1);
        using var again = Ml.Segmentation().CrossValidate(View(), new FakeSegmentation(Ml), 3, seed: 1);
        using var other = Ml.Segmentation().CrossValidate(View(), new FakeSegmentation(Ml), 3, seed: 2);
        Assert.That(again.Folds.Select(fold => fold.TestCases), Is.EqualTo(one.Folds.Select(fold => fold.TestCases)));
        Assert.That(other.Folds.Select(fold => fold.TestCases), Is.Not.EqualTo(one.Folds.Select(fold => fold.TestCases)));
    }

    [Test]
    public void A_trained_network_is_cross_validated()
    {
        var ml = new MLContext(5);
        using var result = ml.Segmentation().CrossValidate(MLNet.TinyRows.View(ml, 18), ml.Segmentation().Trainers.SamLora(MLNet.TinyRows.Options), numberOfFolds: 3, options: new() { Unit = DistanceUnit.Voxel });
        Assert.That(result.Folds.Select(fold => fold.Model), Is.All.InstanceOf<SamSegmentationTransformer>());
        Assert.That(result.Folds.Select(fold => fold.Model), Is.Unique);
        Assert.That(result.Pooled.PerCase, Has.Count.EqualTo(3));
        Assert.That(result.Pooled.Classes.Select(organ => organ.Name), Is.EqualTo(MLNet.TinyRows.Options.Classes));
        Assert.That(result.MeanDice.N, Is.EqualTo(3));
        result.Dispose();
        Assert.That(() => result.Folds[0].ScoredHoldOutSet.GetColumn<byte[]>("PredictedLabel").Count(), Throws.InstanceOf<ObjectDisposedException>());
    }

    private static IDataView View() => Cases.SelectMany(scored => scored.Rows()).Select(row =>
    {
        row.PredictedLabel = [];
        return row;
    }).Shuffled(3).ToView(Ml);

    private static SegmentationCrossValidation Run(IEstimator<ITransformer> estimator) =>
        Ml.Segmentation().CrossValidate(View(), estimator, Columns, 3, seed: 7, classes: ScoredRows.Organs);

    private sealed class Ids
    {
        public byte[] Label { get; set; } = [];
    }
}
