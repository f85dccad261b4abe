using Microsoft.ML;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class CrossValidateFaultsTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly ScoredRow[] Rows = [.. Enumerable.Range(1, 4).SelectMany(seed => ScoredCase.Phantom(seed, depth: 3).Rows())];

    [Test]
    public void Disposing_disposes_every_model_of_a_chain_too()
    {
        var (alone, inChain) = (new FakeSegmentation(Ml), new FakeSegmentation(Ml));
        Run(alone).Dispose();
        Run(Ml.Transforms.CopyColumns("Copy", "Label").Append(inChain)).Dispose();
        Assert.That(alone.Models.Concat(inChain.Models).Select(model => model.IsDisposed), Is.EqualTo(Enumerable.Repeat(true, 8)));
    }

    [Test]
    public void A_fit_that_fails_leaves_no_model_behind()
    {
        var estimator = new FakeSegmentation(Ml) { Fitting = number => _ = number == 2 ? throw new OperationCanceledException("stop") : 0 };
        Assert.That(() => Run(estimator), Throws.InstanceOf<OperationCanceledException>().With.Message.EqualTo("stop"));
        Assert.That(estimator.Models.Select(model => model.IsDisposed), Is.EqualTo(new[] { true, true }));
    }

    [Test]
    public void An_evaluation_that_fails_leaves_no_model_behind()
    {
        var estimator = new FakeSegmentation(Ml);
        var rows = Rows.Select(row => new ScoredRow
        {
            Case = row.Case, Slice = row.Slice, Height = row.Height, Width = row.Width, SpacingX = -1, SpacingY = 1, SpacingZ = 1, Label = row.Label,
        });
        Assert.That(() => Run(estimator, rows.ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("spacings"));
        Assert.That(estimator.Models.Select(model => model.IsDisposed), Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Cancelling_ends_it_before_the_next_fold()
    {
        using var source = new CancellationTokenSource();
        var estimator = new FakeSegmentation(Ml) { Fitting = _ => source.Cancel() };
        Assert.That(
            () => Ml.Segmentation().CrossValidate(Rows.ToView(Ml), estimator, new EvaluationColumns(), 4, classes: ScoredRows.Organs, cancellationToken: source.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(estimator.Models.Select(model => model.IsDisposed), Is.EqualTo(new[] { true }));
    }

    [TestCase("SpacingY", "Voxel")]
    [TestCase("Slice", "'Slice'")]
    [TestCase("Width", "'Width'")]
    public void A_column_that_evaluation_will_lack_is_named_before_anything_is_fitted(string column, string told)
    {
        var view = Ml.Transforms.DropColumns(column).Fit(Rows.ToView(Ml)).Transform(Rows.ToView(Ml));
        RefusedBeforeFitting(view, new FakeSegmentation(Ml), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains(told));
    }

    [Test]
    public void An_estimator_without_predictions_is_refused_before_it_is_fitted()
    {
        var view = Ml.Transforms.DropColumns("PredictedLabel").Fit(Rows.ToView(Ml)).Transform(Rows.ToView(Ml));
        RefusedBeforeFitting(view, new FakeSegmentation(Ml, output: "Guess"), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("'PredictedLabel'").And.Message.Contains("Guess"));
    }

    [Test]
    public void A_gap_between_slices_is_named_before_anything_is_fitted() => RefusedBeforeFitting(
        Rows.Where(row => row.Case != "phantom02" || row.Slice != 1).ToView(Ml), new FakeSegmentation(Ml), Throws.InvalidOperationException.With.Message.Contains("case 'phantom02' lacks slice 1"));

    [Test]
    public void A_column_that_the_pipeline_makes_need_not_be_in_the_data()
    {
        var view = Ml.Transforms.DropColumns("SpacingY").Fit(Rows.ToView(Ml)).Transform(Rows.ToView(Ml));
        using var result = Run(Ml.Transforms.CopyColumns("SpacingY", "SpacingX").Append(new FakeSegmentation(Ml)), view);
        Assert.That(result.Folds[0].Metrics.MeanDice, Is.EqualTo(1));
    }

    [Test]
    public void More_folds_than_cases_are_refused()
    {
        Assert.That(() => Ml.Segmentation().CrossValidate(Rows.ToView(Ml), new FakeSegmentation(Ml), numberOfFolds: 5), Throws.ArgumentException.With.Message.Contains("5 folds"));
        Assert.That(() => Ml.Segmentation().CrossValidate(Rows.ToView(Ml), new FakeSegmentation(Ml), numberOfFolds: 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static void RefusedBeforeFitting(IDataView view, FakeSegmentation estimator, NUnit.Framework.Constraints.IResolveConstraint refused)
    {
        Assert.That(() => Run(estimator, view), refused);
        Assert.That(estimator.Models, Is.Empty);
    }

    private static SegmentationCrossValidation Run(IEstimator<ITransformer> estimator, IDataView? view = null) =>
        Ml.Segmentation().CrossValidate(view ?? Rows.ToView(Ml), estimator, new EvaluationColumns(), 4, classes: ScoredRows.Organs);
}
