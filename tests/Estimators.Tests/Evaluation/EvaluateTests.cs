using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Evaluation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class EvaluateTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly ScoredCase[] Cases = [ScoredCase.Phantom(1), ScoredCase.Phantom(2, depth: 7), ScoredCase.Phantom(3, depth: 1)];

    [Test]
    public void Shuffled_slices_of_interleaved_cases_give_the_scores_of_whole_volumes([Values] EmptyMaskPolicy policy, [Values] DistanceUnit unit)
    {
        var options = new MetricOptions { Policy = policy, Unit = unit };
        var rows = Cases.SelectMany(scored => scored.Rows()).Shuffled(seed: 5);
        var metrics = Ml.Segmentation().Evaluate(rows.ToView(Ml), options: options, classes: ScoredRows.Organs);
        Assert.That(metrics.Report.ToJson(), Is.EqualTo(Expected(options, Cases).ToJson()));
        Assert.That(metrics.PerOrgan.Single(organ => organ.Id == 4).Missed, Is.GreaterThan(0), "the scene leaves an organ out");
    }

    [Test]
    public void The_order_of_rows_and_the_first_slices_number_change_nothing() => Gen.Select(Gen.Int[0, 1000], Gen.Int[-3, 40]).Sample(
        (seed, first) =>
        {
            var rows = Cases.SelectMany(scored => scored.Rows(first)).Shuffled(seed);
            Assert.That(Ml.Segmentation().Evaluate(rows.ToView(Ml), classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(Expected(new(), Cases).ToJson()));
        },
        iter: 5);

    [Test]
    public void Scores_of_the_published_program_are_reproduced()
    {
        using var run = NpzFile.Open(TestData.Golden("pipeline/end_to_end.npz"));
        using var labels = NpzFile.Open(TestData.Golden("pipeline/preprocessed_test.npz"));
        var rows = run.Names.Where(name => name.EndsWith("_metrics", StringComparison.Ordinal)).Select(name => name[..^"_metrics".Length]).AtLeastOne()
            .SelectMany(name => new ScoredCase(name, Labels(run[$"{name}_prediction"]), Labels(labels[$"{name}_label"])).Rows());
        var classes = Enumerable.Range(1, run["mean_per_class"].Shape[0]).Select(id => $"organ {id}").ToArray();
        var metrics = Ml.Segmentation().Evaluate(rows.Shuffled(2).ToView(Ml), options: new() { Unit = DistanceUnit.Voxel }, classes: classes);
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Paper.MeanDice, Is.EqualTo(run["mean_dice"].ToDouble()[0]).Within(1e-9));
            Assert.That(metrics.Paper.MeanHd95, Is.EqualTo(run["mean_hd95"].ToDouble()[0]).Within(1e-9));
            Assert.That(metrics.MeanDice, Is.EqualTo(metrics.Strict.MeanDice));
        });
    }

    [Test]
    public void The_size_comes_from_either_columns_type_or_from_height_and_width()
    {
        var expected = Expected(new(), Cases[0]).ToJson();
        foreach (var (label, predicted) in new (bool, bool)[] { (true, false), (false, true), (true, true) })
        {
            var view = Cases[0].Rows().ToView(Ml, label ? (36, 40) : null, predicted ? (36, 40) : null);
            view = Ml.Transforms.DropColumns("Height", "Width").Fit(view).Transform(view);
            Assert.That(Ml.Segmentation().Evaluate(view, classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Classes_are_named_by_the_label_else_by_the_prediction_else_numbered()
    {
        string[] Names(IReadOnlyList<string>? label, IReadOnlyList<string>? predicted, IReadOnlyList<string>? given = null) =>
            [.. Ml.Segmentation().Evaluate(Cases[0].Rows().ToView(Ml, (36, 40), (36, 40), label, predicted), classes: given).Classes.Select(organ => organ.Name)];
        var others = ScoredRows.Organs.Select(name => name + "!").ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(Names(ScoredRows.Organs, null), Is.EqualTo(ScoredRows.Organs));
            Assert.That(Names(null, ScoredRows.Organs), Is.EqualTo(ScoredRows.Organs));
            Assert.That(Names(ScoredRows.Organs, ScoredRows.Organs), Is.EqualTo(ScoredRows.Organs));
            Assert.That(Names(ScoredRows.Organs, others, others), Is.EqualTo(others), "what is given wins");
            Assert.That(Names(null, null), Is.EqualTo(Enumerable.Range(1, 8).Select(id => $"label {id}")));
            Assert.That(() => Names(ScoredRows.Organs, others), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("spleen!").And.Message.Contains("'PredictedLabel'"));
        });
    }

    [Test]
    public void Without_names_every_case_has_the_classes_of_all()
    {
        ScoredRow Slice(string name, params byte[] ids) => new() { Case = name, Height = 1, Width = 4, Label = ids, PredictedLabel = ids };
        var metrics = Ml.Segmentation().Evaluate(new[] { Slice("a", 0, 1, 0, 0), Slice("b", 0, 3, 3, 0), Slice("c", 0, 0, 0, 0) }.ToView(Ml), options: new() { Unit = DistanceUnit.Voxel });
        Assert.Multiple(() =>
        {
            Assert.That(metrics.Classes.Select(organ => organ.Id), Is.EqualTo(new[] { 1, 2, 3 }));
            Assert.That(metrics.PerCase.Select(scores => scores.Organs.Count), Is.All.EqualTo(3));
            Assert.That(metrics.Strict.Organs.Select(organ => organ.Dice.N), Is.EqualTo(new[] { 1, 0, 1 }));
            Assert.That(metrics.Paper.Organs.Select(organ => organ.Dice.N), Is.EqualTo(new[] { 3, 3, 3 }), "the published rule counts absent organs");
        });
    }

    [Test]
    public void Columns_may_have_other_names()
    {
        var view = Ml.Transforms.CopyColumns("Patient", "Case").Append(Ml.Transforms.CopyColumns("Truth", "Label")).Append(Ml.Transforms.CopyColumns("Thickness", "SpacingZ"))
            .Append(Ml.Transforms.DropColumns("Case", "Label", "SpacingZ")).Fit(Cases[0].Rows().ToView(Ml)).Transform(Cases[0].Rows().ToView(Ml));
        var columns = new EvaluationColumns { Case = "Patient", Label = "Truth", SpacingZ = "Thickness" };
        Assert.That(Ml.Segmentation().Evaluate(view, columns, classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(Expected(new(), Cases[0]).ToJson()));
    }

    [Test]
    public void Voxel_units_need_no_spacing()
    {
        var rows = Ml.Transforms.DropColumns("SpacingX", "SpacingY", "SpacingZ");
        var view = Cases[0].Rows().ToView(Ml);
        var options = new MetricOptions { Unit = DistanceUnit.Voxel };
        Assert.That(Ml.Segmentation().Evaluate(rows.Fit(view).Transform(view), options: options, classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(Expected(options, Cases[0]).ToJson()));
    }

    [Test]
    public void A_sparse_label_counts_like_a_dense_one()
    {
        var dense = Cases[0].Rows().ToArray();
        var sparse = dense.Select(row => new SparseRow(row)).ToArray();
        var view = Ml.Data.LoadFromEnumerable(sparse);
        Assert.That(Ml.Segmentation().Evaluate(view, classes: ScoredRows.Organs).Report.ToJson(), Is.EqualTo(Expected(new(), Cases[0]).ToJson()));
    }

    [Test]
    public void Slices_loaded_from_files_score_as_the_files_do()
    {
        using var folder = new TempFolder();
        folder.WritePhantoms();
        var data = Ml.Data.LoadSlices(folder.File("data"), new() { Labels = LabelTable.Synapse, Orientation = null });
        var estimator = new FakeSegmentation(Ml);
        estimator.Fit(data);
        var scored = estimator.Fit(data).Transform(data);
        var cases = new[] { "p1", "p2", "p3" }.Select(name =>
        {
            var reference = VolumeFile.ReadLabels(folder.File($"data/labels/{name}.nii.gz"));
            var prediction = scored.GetColumn<string>("Case").Zip(scored.GetColumn<byte[]>("PredictedLabel")).Where(row => row.First == name).SelectMany(row => row.Second);
            return new ScoredCase(name, new(reference.Geometry, [.. prediction.Select(id => (ushort)id)]), reference);
        });
        Assert.That(Ml.Segmentation().Evaluate(scored).Report.ToJson(), Is.EqualTo(Expected(new(), [.. cases]).ToJson()));
    }

    [Test]
    public void Progress_reaches_the_contexts_log()
    {
        var ml = new MLContext(1);
        List<string> messages = [];
        ml.Log += (_, message) => messages.Add(message.Message);
        ml.Segmentation().Evaluate(Cases.SelectMany(scored => scored.Rows()).ToView(ml), classes: ScoredRows.Organs);
        Assert.That(messages, Has.Some.Contains("measured 3 of 3 cases"));
    }

    private static SegmentationReport Expected(MetricOptions options, params ScoredCase[] cases) => new(
        [.. cases.Select(scored => OrganScorer.Score(scored.Name, scored.Prediction, scored.Reference, LabelTable.Synapse.Classes, options))], options);

    private static LabelVolume Labels(NpyArray array) => new(
        Geometry.Unplaced(array.Shape[0], array.Shape[1], array.Shape[2]), Array.ConvertAll(array.ToDouble(), value => checked((ushort)value)));

    private sealed class SparseRow(ScoredRow row)
    {
        public string Case { get; } = row.Case;

        public int Slice { get; } = row.Slice;

        public int Height { get; } = row.Height;

        public int Width { get; } = row.Width;

        public float SpacingX { get; } = row.SpacingX;

        public float SpacingY { get; } = row.SpacingY;

        public float SpacingZ { get; } = row.SpacingZ;

        public VBuffer<byte> Label { get; } = Sparse(row.Label);

        public byte[] PredictedLabel { get; } = row.PredictedLabel;

        private static VBuffer<byte> Sparse(byte[] values)
        {
            int[] places = [.. Enumerable.Range(0, values.Length).Where(i => values[i] != 0)];
            return new(values.Length, places.Length, [.. places.Select(i => values[i])], places);
        }
    }
}
