using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

[TestFixture]
internal sealed class StreamingTests
{
    private static readonly ScoredCase[] Cases = [ScoredCase.Phantom(1, depth: 3), ScoredCase.Phantom(2, depth: 3)];

    [Test]
    public void The_first_pass_reads_names_and_numbers_only()
    {
        var ml = new MLContext(1);
        var view = new SpyView(Cases.SelectMany(scored => scored.Rows()).ToView(ml), []);
        ml.Segmentation().Evaluate(view, classes: ScoredRows.Organs);
        Assert.That(view.Passes, Has.Count.EqualTo(2));
        Assert.That(view.Passes[0], Is.EquivalentTo(new[] { "Case", "Slice" }));
        Assert.That(view.Passes[1], Is.EquivalentTo(new[] { "Case", "Slice", "Height", "Width", "SpacingX", "SpacingY", "SpacingZ", "Label", "PredictedLabel" }));
    }

    [Test]
    public void Every_slice_is_predicted_once()
    {
        var ml = new MLContext(1);
        var predicted = 0;
        var model = ml.Transforms.CustomMapping<Truth, Guess>((truth, guess) =>
        {
            predicted++;
            guess.PredictedLabel = truth.Label;
        }, contractName: null);
        var data = Cases.SelectMany(scored => scored.Rows()).ToView(ml);
        var metrics = ml.Segmentation().Evaluate(model.Fit(data).Transform(data), classes: ScoredRows.Organs);
        Assert.That(predicted, Is.EqualTo(6));
        Assert.That(metrics.MeanDice, Is.EqualTo(1));
    }

    [Test]
    public void A_case_is_measured_before_the_next_ones_rows_are_read()
    {
        var ml = new MLContext(1);
        List<string> events = [];
        ml.Log += (_, entry) =>
        {
            if (entry.Message.Contains("measured", StringComparison.Ordinal))
            {
                events.Add("measured");
            }
        };
        var view = new SpyView(Cases.SelectMany(scored => scored.Rows()).ToView(ml), events);
        ml.Segmentation().Evaluate(view, classes: ScoredRows.Organs);
        Assert.That(events[^8..], Is.EqualTo(new[] { "row 0", "row 1", "row 2", "measured", "row 3", "row 4", "row 5", "measured" }));
    }

    [Test]
    public void A_view_that_changes_between_the_passes_is_refused()
    {
        var ml = new MLContext(1);
        var rows = Cases.SelectMany(scored => scored.Rows()).ToArray();
        IDataView Changing(IEnumerable<ScoredRow> later) => ml.Data.LoadFromEnumerable(new Twice<ScoredRow>(rows, later));
        ScoredRow[] others = [.. rows.Take(5).Append(ScoredCase.Phantom(3, depth: 1).Rows().Single())];
        Assert.Multiple(() =>
        {
            Assert.That(() => ml.Segmentation().Evaluate(Changing(others)), Throws.InvalidOperationException.With.Message.Contains("'phantom03'").And.Message.Contains("twice"));
            Assert.That(() => ml.Segmentation().Evaluate(Changing(rows[..5])), Throws.InvalidOperationException.With.Message.Contains("'phantom02'").And.Message.Contains("twice"));
            Assert.That(() => ml.Segmentation().Evaluate(Changing([.. rows, rows[0]])), Throws.InvalidOperationException.With.Message.Contains("'phantom01'").And.Message.Contains("twice"));
        });
    }

    private sealed class Truth
    {
        public byte[] Label { get; set; } = [];
    }

    private sealed class Guess
    {
        public byte[] PredictedLabel { get; set; } = [];
    }

    /// <summary>Gives one sequence first and another after.</summary>
    private sealed class Twice<T>(IEnumerable<T> first, IEnumerable<T> later) : IEnumerable<T>
    {
        private bool _again;

        public IEnumerator<T> GetEnumerator()
        {
            var items = _again ? later : first;
            _again = true;
            return items.GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Notes which columns each pass asks for and when it moves to a row.</summary>
    private sealed class SpyView(IDataView inner, List<string> events) : IDataView
    {
        public List<string[]> Passes { get; } = [];

        public bool CanShuffle => inner.CanShuffle;

        public DataViewSchema Schema => inner.Schema;

        public long? GetRowCount() => inner.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            DataViewSchema.Column[] columns = [.. columnsNeeded];
            Passes.Add([.. columns.Select(column => column.Name)]);
            return new SpyCursor(inner.GetRowCursor(columns, rand), events);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class SpyCursor(DataViewRowCursor inner, List<string> events) : DataViewRowCursor
    {
        public override DataViewSchema Schema => inner.Schema;

        public override long Position => inner.Position;

        public override long Batch => inner.Batch;

        public override bool MoveNext()
        {
            var moved = inner.MoveNext();
            if (moved)
            {
                events.Add($"row {inner.Position}");
            }
            return moved;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);
    }
}
