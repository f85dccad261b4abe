using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class MappedDataViewTests
{
    private static (SpyView Source, MappedDataView View) Make(int count = 5, bool canShuffle = true)
    {
        var source = new SpyView(count) { CanShuffle = canShuffle };
        return (source, new(source, new SpyMapping(source.Schema)));
    }

    private static float[] Values(DataViewRowCursor cursor, string column)
    {
        var read = cursor.GetGetter<float>(cursor.Schema[column]);
        var values = new List<float>();
        while (cursor.MoveNext())
        {
            var value = float.NaN;
            read(ref value);
            values.Add(value);
        }
        return [.. values];
    }

    [Test]
    public void Schema_has_the_input_columns_in_place_then_the_added_ones()
    {
        var (source, view) = Make();
        Assert.That(view.Schema.Select(column => column.Name), Is.EqualTo(new[] { "A", "B", "Name", "Sum", "A" }));
        Assert.That(view.Schema[0].IsHidden, Is.True);
        Assert.That(view.Schema["A"].Index, Is.EqualTo(4));
        var unit = 0;
        view.Schema["Name"].Annotations.GetValue("Unit", ref unit);
        Assert.That(unit, Is.EqualTo(42));
        Assert.That((view.GetRowCount(), view.CanShuffle), Is.EqualTo(((long?)5, true)));
        Assert.That(source.Asked, Is.Empty, "nobody has asked for rows yet");
    }

    [Test]
    public void A_source_that_cannot_shuffle_makes_a_view_that_cannot() => Assert.That(Make(canShuffle: false).View.CanShuffle, Is.False);

    [TestCase("Name", new[] { "Name" })]
    [TestCase("Sum", new[] { "A", "B" })]
    [TestCase("A", new[] { "A" })]
    public void Only_the_columns_that_are_needed_are_asked_of_the_source(string column, string[] needed)
    {
        var (source, view) = Make();
        using (var cursor = view.GetRowCursor([view.Schema[column]]))
        {
            while (cursor.MoveNext())
            {
            }
        }
        Assert.That(source.Asked.Single(), Is.EqualTo(needed));
        Assert.That(source.Reads.Values, Is.All.Zero, "moving on computes nothing");
    }

    [Test]
    public void The_hidden_column_below_can_still_be_read()
    {
        var (_, view) = Make();
        using var cursor = view.GetRowCursor([view.Schema[0], view.Schema["A"]]);
        float below = 0, above = 0;
        var (readBelow, readAbove) = (cursor.GetGetter<float>(view.Schema[0]), cursor.GetGetter<float>(view.Schema[4]));
        cursor.MoveNext();
        cursor.MoveNext();
        readBelow(ref below);
        readAbove(ref above);
        Assert.That((below, above), Is.EqualTo((1f, 10f)));
    }

    [Test]
    public void A_column_that_was_not_asked_for_is_an_error_that_names_it()
    {
        var (_, view) = Make();
        using var cursor = view.GetRowCursor([view.Schema["Sum"]]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cursor.IsColumnActive(view.Schema["Sum"]), Is.True);
            Assert.That(cursor.IsColumnActive(view.Schema["A"]), Is.False);
            Assert.That(cursor.IsColumnActive(view.Schema[0]), Is.False, "it is read from the source, but not given to the caller");
            Assert.That(() => cursor.GetGetter<float>(view.Schema["A"]), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("'A'"));
            Assert.That(() => cursor.GetGetter<float>(view.Schema["B"]), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("'B'"));
        }
    }

    [Test]
    public void A_getter_of_another_type_is_an_error_that_names_column_and_types()
    {
        var (_, view) = Make();
        using var cursor = view.GetRowCursor([view.Schema["Sum"]]);
        Assert.That(() => cursor.GetGetter<int>(view.Schema["Sum"]),
            Throws.ArgumentException.With.Message.Contains("'Sum'").And.Message.Contains("Single").And.Message.Contains("Int32"));
    }

    [Test]
    public void Rows_are_shuffled_as_the_source_shuffles_them()
    {
        var (source, view) = Make(20);
        using var mapped = view.GetRowCursor([view.Schema["A"]], new Random(3));
        using var plain = source.GetRowCursor([source.Schema["A"]], new Random(3));
        var values = Values(mapped, "A");
        Assert.That(values, Is.EqualTo(Values(plain, "A").Select(value => 10 * value)));
        Assert.That(values, Is.Not.Ordered);
    }

    [Test]
    public void Parallel_cursors_give_every_row_once()
    {
        var (_, view) = Make(11);
        var cursors = view.GetRowCursorSet([view.Schema["Sum"]], 3);
        var values = cursors.SelectMany(cursor => Values(cursor, "Sum")).ToArray();
        Assert.That(cursors, Has.Length.EqualTo(3));
        Assert.That(values, Is.EquivalentTo(Enumerable.Range(0, 11).Select(row => (float)(row + (row * row)))));
    }

    [Test]
    public void Position_batch_and_id_are_those_of_the_source()
    {
        var (_, view) = Make();
        using var cursor = view.GetRowCursor([view.Schema["Sum"]]);
        var readId = cursor.GetIdGetter();
        cursor.MoveNext();
        cursor.MoveNext();
        DataViewRowId id = default;
        readId(ref id);
        Assert.That((cursor.Position, cursor.Batch, id), Is.EqualTo((1L, 7L, new DataViewRowId(1, 5))));
    }

    [Test]
    public void Disposing_a_cursor_disposes_that_of_the_source()
    {
        var (source, view) = Make();
        var single = view.GetRowCursor([view.Schema["Sum"]]);
        var set = view.GetRowCursorSet([view.Schema["Sum"]], 2);
        Assert.That(source.OpenCursors, Is.EqualTo(3));
        single.Dispose();
        set[0].Dispose();
        set[1].Dispose();
        Assert.That(source.OpenCursors, Is.Zero);
    }

    [Test]
    public void Views_stack_and_each_reads_through_the_one_below()
    {
        var (source, view) = Make();
        var stacked = new MappedDataView(view, new Tripling(view.Schema));
        using var cursor = stacked.GetRowCursor([stacked.Schema["Triple"]]);
        Assert.That(Values(cursor, "Triple"), Is.EqualTo(new float[] { 0, 6, 18, 36, 60 }));
        Assert.That(source.Asked.Single(), Is.EqualTo(new[] { "A", "B" }));
    }

    private sealed class Tripling(DataViewSchema input) : RowMapping(input, [new("Triple", NumberDataViewType.Single)])
    {
        public override IEnumerable<int> Dependencies(int added) => [InputSchema["Sum"].Index];

        public override Delegate?[] CreateGetters(DataViewRow input, bool[] active)
        {
            var read = input.GetGetter<float>(input.Schema["Sum"]);
            return
            [
                (ValueGetter<float>)((ref float value) =>
                {
                    read(ref value);
                    value *= 3;
                }),
            ];
        }
    }
}
