using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class EvaluateFaultsTests
{
    private static readonly MLContext Ml = new(1);
    private static readonly ScoredCase Scored = ScoredCase.Phantom(1, depth: 6);

    [TestCase("Label")]
    [TestCase("PredictedLabel")]
    [TestCase("Case")]
    [TestCase("Slice")]
    public void A_missing_column_is_named(string column) => Assert.That(
        () => Evaluate(Without(Rows(), column)),
        Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"'{column}'").And.Property("ParamName").EqualTo("inputSchema"));

    [TestCase("SpacingX")]
    [TestCase("SpacingZ")]
    public void Missing_spacing_is_named_with_the_way_around_it(string column) => Assert.That(
        () => Evaluate(Without(Rows(), column)), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains($"'{column}'").And.Message.Contains("DistanceUnit.Voxel"));

    [Test]
    public void A_missing_size_is_named() => Assert.That(
        () => Evaluate(Without(Rows(), "Width")), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("'Width'").And.Message.Contains("'Label'"));

    [TestCase("Label", "Vector<Byte>", "Vector<Single, 0>")]
    [TestCase("PredictedLabel", "Vector<Byte>", "Vector<Single, 0>")]
    [TestCase("Slice", "Int32", "Single")]
    [TestCase("SpacingY", "Single", "Double")]
    [TestCase("Case", "String", "Int32")]
    public void A_column_of_another_type_is_named_with_both_types(string column, string expected, string got)
    {
        var kind = got switch { "Double" => DataKind.Double, "Int32" => DataKind.Int32, _ => DataKind.Single };
        // A case cannot be converted to a number: the slice's number takes its place.
        var source = column == "Case" ? "Slice" : column;
        var view = Ml.Transforms.Conversion.ConvertType(column, source, kind).Fit(Rows().ToView(Ml)).Transform(Rows().ToView(Ml));
        Assert.That(() => Evaluate(view), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains($"'{column}': expected {expected}, got {got.Split(',')[0]}"));
    }

    [Test]
    public void No_rows_are_nothing_to_evaluate() =>
        Assert.That(() => Evaluate(Array.Empty<ScoredRow>().ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("no rows"));

    [Test]
    public void Slices_that_are_there_twice_are_named_with_their_case() => Assert.That(
        () => Evaluate(Rows().Concat(Rows().Where(row => row.Slice is 2 or 4)).ToView(Ml)),
        Throws.InvalidOperationException.With.Message.Contains("case 'phantom01' has slice 2, 4 more than once"));

    [Test]
    public void Gaps_between_slices_are_named_with_their_case()
    {
        var other = ScoredCase.Phantom(2, depth: 8);
        Assert.That(
            () => Evaluate(Rows().Where(row => row.Slice != 3).Concat(other.Rows().Where(row => row.Slice is not (2 or 3 or 4 or 6))).ToView(Ml)),
            Throws.InvalidOperationException.With.Message.Contains("case 'phantom01' lacks slice 3 between 0 and 5").And.Message.Contains("case 'phantom02' lacks slice 2..4, 6 between 0 and 7"));
    }

    [Test]
    public void A_row_without_a_case_is_refused() => Assert.That(
        () => Evaluate(Rows(row => row.Case = row.Slice == 2 ? "" : row.Case).ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("Row 2").And.Message.Contains("'Case'"));

    [Test]
    public void Label_and_prediction_of_two_lengths_are_refused_with_case_and_slice() => Assert.That(
        () => Evaluate(Rows(row => row.PredictedLabel = row.Slice == 4 ? new byte[7] : row.PredictedLabel).ToView(Ml)),
        Throws.InvalidOperationException.With.Message.Contains("'phantom01', slice 4").And.Message.Contains("'PredictedLabel' holds 7 values, expected 1440 for 36×40"));

    [Test]
    public void Label_and_prediction_of_two_fixed_sizes_are_refused_before_any_row_is_read() => Assert.That(
        () => Evaluate(Rows().ToView(Ml, (36, 40), (40, 36))), Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("36, 40").And.Message.Contains("40, 36"));

    [Test]
    public void Slices_of_a_case_that_differ_in_size_are_refused() => Assert.That(
        () => Evaluate(Rows(row => (row.Height, row.Width) = row.Slice == 3 ? (40, 36) : (row.Height, row.Width)).ToView(Ml)),
        Throws.InvalidOperationException.With.Message.Contains("slice 3").And.Message.Contains("40×36").And.Message.Contains("36×40"));

    [Test]
    public void Slices_of_a_case_that_differ_in_spacing_are_refused() => Assert.That(
        () => Evaluate(Rows(row => row.SpacingZ = row.Slice == 3 ? 5 : row.SpacingZ).ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("slice 3").And.Message.Contains("×5 mm"));

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void A_spacing_that_is_no_length_is_refused(float spacing) => Assert.That(
        () => Evaluate(Rows(row => row.SpacingY = spacing).ToView(Ml)), Throws.InvalidOperationException.With.Message.Contains("positive, finite spacings"));

    [Test]
    public void A_class_beyond_the_names_is_refused_with_case_slice_and_column() => Assert.That(
        () => Evaluate(Rows(row => row.PredictedLabel[5] = row.Slice == 1 ? (byte)9 : (byte)0).ToView(Ml)),
        Throws.InvalidOperationException.With.Message.Contains("'phantom01', slice 1").And.Message.Contains("'PredictedLabel' holds class 9, but the classes are 1..8"));

    [Test]
    public void Labels_at_another_size_than_the_spacing_belongs_to_are_refused_in_millimetres_only()
    {
        var view = Rows(row => (row.Height, row.Width) = (72, 80)).ToView(Ml, (36, 40), (36, 40));
        Assert.That(() => Evaluate(view), Throws.InvalidOperationException.With.Message.Contains("36×40").And.Message.Contains("72×80").And.Message.Contains("Voxel"));
        Assert.That(() => Ml.Segmentation().Evaluate(view, options: new() { Unit = DistanceUnit.Voxel }), Throws.Nothing);
    }

    [Test]
    public void Nothing_but_background_and_no_names_is_refused() => Assert.That(
        () => Ml.Segmentation().Evaluate(Rows(row => (row.Label, row.PredictedLabel) = (new byte[1440], new byte[1440])).ToView(Ml)),
        Throws.InvalidOperationException.With.Message.Contains("nothing to score"));

    [Test]
    public void Wrong_options_and_names_are_refused()
    {
        var view = Rows().ToView(Ml);
        Assert.Multiple(() =>
        {
            Assert.That(() => Ml.Segmentation().Evaluate(view, options: new() { NsdToleranceMm = -1 }), Throws.ArgumentException.With.Message.Contains("NsdToleranceMm"));
            Assert.That(() => Ml.Segmentation().Evaluate(view, classes: []), Throws.ArgumentException.With.Message.Contains("classes"));
            Assert.That(() => Ml.Segmentation().Evaluate(view, classes: ["a", " "]), Throws.ArgumentException.With.Message.Contains("classes"));
            Assert.That(() => Ml.Segmentation().Evaluate(null!), Throws.ArgumentNullException);
        });
    }

    [Test]
    public void A_cancelled_evaluation_ends()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(() => Ml.Segmentation().Evaluate(Rows().ToView(Ml), new(), cancellationToken: cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private static void Evaluate(IDataView view) => Ml.Segmentation().Evaluate(view, classes: ScoredRows.Organs);

    private static IDataView Without(IEnumerable<ScoredRow> rows, string column)
    {
        var view = rows.ToView(Ml);
        return Ml.Transforms.DropColumns(column).Fit(view).Transform(view);
    }

    private static ScoredRow[] Rows(Action<ScoredRow>? change = null)
    {
        ScoredRow[] rows = [.. Scored.Rows()];
        foreach (var row in rows)
        {
            change?.Invoke(row);
        }
        return rows;
    }
}
