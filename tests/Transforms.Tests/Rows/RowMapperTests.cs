using Microsoft.ML;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms.Tests.Rows;

public class RowMapperTests
{
    private readonly SpyView _source = new(3);

    private RowMapper Mapper => new(new SpyMapping(_source.Schema));

    [Test]
    public void Dependencies_are_the_input_columns_that_are_read()
    {
        var mapper = Mapper;
        var output = mapper.OutputSchema;
        Assert.That(mapper.InputSchema, Is.SameAs(_source.Schema));
        Assert.That(mapper.GetDependencies([output["Sum"], output["Name"]]).Select(column => column.Name), Is.EqualTo(new[] { "A", "B", "Name" }));
        Assert.That(mapper.GetDependencies([]), Is.Empty);
    }

    [Test]
    public void A_row_follows_its_input_from_place_to_place()
    {
        var mapper = Mapper;
        using var cursor = _source.GetRowCursor(mapper.GetDependencies([mapper.OutputSchema["Sum"]]));
        using var row = mapper.GetRow(cursor, [mapper.OutputSchema["Sum"]]);
        var read = row.GetGetter<float>(row.Schema["Sum"]);
        var sums = new List<(long, float)>();
        while (cursor.MoveNext())
        {
            var sum = 0f;
            read(ref sum);
            sums.Add((row.Position, sum));
        }
        Assert.That(sums, Is.EqualTo(new[] { (0L, 0f), (1L, 2f), (2L, 6f) }));
        Assert.That((row.Batch, row.IsColumnActive(row.Schema["Sum"]), row.IsColumnActive(row.Schema["A"])), Is.EqualTo((7L, true, false)));
    }

    [Test]
    public void Disposing_a_row_disposes_its_input()
    {
        var mapper = Mapper;
        mapper.GetRow(_source.GetRowCursor([]), []).Dispose();
        Assert.That(_source.OpenCursors, Is.Zero);
    }
}
