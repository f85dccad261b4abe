using Microsoft.ML;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Estimators.Tests.MLNet;
using SAMed.MLNet.Metrics;
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
        var rows = Rows.Select(row => Copy(row, label: [.. row.Label.SkipLast(1), 99]));
        Assert.That(() => Run(estimator, rows.ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("class 99"));
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

    [TestCase(0f, "case 'phantom02', slice 1: the spacing is 0×7.75×24 mm")]
    [TestCase(float.NaN, "case 'phantom02', slice 1: the spacing is NaN×")]
    [TestCase(9f, "case 'phantom02', slices 0 and 1: the spacings are 8.5×7.75×24 and 9×7.75×24 mm")]
    public void A_spacing_that_cannot_be_is_named_before_anything_is_fitted(float spacing, string told) => RefusedBeforeFitting(
        WithOneOther(row => Copy(row, spacingX: spacing)), new FakeSegmentation(Ml), Throws.InvalidOperationException.With.Message.Contains(told).And.Message.Contains("Voxel"));

    [TestCase(0, "case 'phantom02', slice 1: the size is 0×40")]
    [TestCase(35, "case 'phantom02', slices 0 and 1: the sizes are 36×40 and 35×40")]
    public void A_size_that_cannot_be_is_named_before_anything_is_fitted(int height, string told) => RefusedBeforeFitting(
        WithOneOther(row => Copy(row, height: height)), new FakeSegmentation(Ml), Throws.InvalidOperationException.With.Message.Contains(told));

    [Test]
    public void Spacings_do_not_matter_where_distances_are_in_voxels()
    {
        using var result = Ml.Segmentation().CrossValidate(
            WithOneOther(row => Copy(row, spacingX: 0)), new FakeSegmentation(Ml), numberOfFolds: 4, options: new() { Unit = DistanceUnit.Voxel });
        Assert.That(result.Folds, Has.Count.EqualTo(4));
    }

    [Test]
    public void Fewer_classes_than_the_label_column_has_are_refused_before_anything_is_fitted()
    {
        var view = Rows.ToView(Ml, label: null, predicted: null, labelNames: [.. ScoredRows.Organs, "one more"]);
        RefusedBeforeFitting(view, new FakeSegmentation(Ml), Throws.ArgumentException.With.Message.Contains("8 (").And.Message.Contains("9 (").And.Message.Contains("one more"));
    }

    [Test]
    public void Classes_without_a_name_are_refused_before_anything_is_fitted()
    {
        var estimator = new FakeSegmentation(Ml);
        Assert.That(() => Ml.Segmentation().CrossValidate(Rows.ToView(Ml), estimator, new EvaluationColumns(), 4, classes: ["liver", " "]), Throws.ArgumentException.With.Message.Contains("liver"));
        Assert.That(estimator.Models, Is.Empty);
    }

    [Test]
    public void A_pipeline_that_makes_other_labels_has_classes_of_its_own()
    {
        var view = Rows.ToView(Ml, label: null, predicted: null, labelNames: [.. ScoredRows.Organs, "one more"]);
        var merge = Ml.Transforms.CustomMapping<Ids, Ids>((from, to) => to.Label = Array.ConvertAll(from.Label, id => Math.Min(id, (byte)2)), contractName: null);
        using var result = Ml.Segmentation().CrossValidate(view, merge.Append(new FakeSegmentation(Ml)), new EvaluationColumns(), 4, classes: ["one", "others"]);
        Assert.That(result.Folds[0].Metrics.MeanDice, Is.EqualTo(1));
    }

    [Test]
    public void A_folder_that_all_folds_would_share_is_refused_before_anything_is_fitted()
    {
        using var folder = new TempFolder();
        var trainer = Ml.Segmentation().Trainers.SamLora(TinyRows.Options with { OutputFolder = folder.File("run") });
        var data = Ml.View(4);
        var chain = Ml.Transforms.CopyColumns("Copy", "Image").Append(trainer);
        IEstimator<ITransformer>[] estimators = [trainer, chain, Ml.Transforms.CopyColumns("Other", "Image").Append(chain)];
        foreach (var estimator in estimators)
        {
            Assert.That(() => Ml.Segmentation().CrossValidate(data, estimator, 2), Throws.ArgumentException.With.Message.Contains("OutputFolder").And.Message.Contains(folder.File("run")));
        }
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
    }

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

    private static IDataView WithOneOther(Func<ScoredRow, ScoredRow> change) => Rows.Select(row => row.Case == "phantom02" && row.Slice == 1 ? change(row) : row).ToView(Ml);

    private static ScoredRow Copy(ScoredRow row, int? height = null, float? spacingX = null, byte[]? label = null) => new()
    {
        Case = row.Case, Slice = row.Slice, Height = height ?? row.Height, Width = row.Width, SpacingX = spacingX ?? row.SpacingX, SpacingY = row.SpacingY, SpacingZ = row.SpacingZ,
        Label = label ?? row.Label,
    };

    private static void RefusedBeforeFitting(IDataView view, FakeSegmentation estimator, NUnit.Framework.Constraints.IResolveConstraint refused)
    {
        Assert.That(() => Run(estimator, view), refused);
        Assert.That(estimator.Models, Is.Empty);
    }

    private static SegmentationCrossValidation Run(IEstimator<ITransformer> estimator, IDataView? view = null) =>
        Ml.Segmentation().CrossValidate(view ?? Rows.ToView(Ml), estimator, new EvaluationColumns(), 4, classes: ScoredRows.Organs);

    private sealed class Ids
    {
        public byte[] Label { get; set; } = [];
    }
}
