using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Tests.Data;

/// <summary>A row of slices with everything in it.</summary>
internal sealed record SliceRow(string Case, int Slice, int Height, int Width, float SpacingX, float SpacingY, float SpacingZ, float[] Image, byte[] Label, ulong Id, long Position, long Batch);

/// <summary>Reads rows by cursors, as ML.NET does.</summary>
internal static class SliceRows
{
    public static List<SliceRow> Read(this IDataView data, Random? random = null)
    {
        using var cursor = data.GetRowCursor(data.Schema, random);
        return cursor.ReadToEnd();
    }

    public static List<SliceRow> ReadToEnd(this DataViewRowCursor cursor)
    {
        List<SliceRow> rows = [];
        while (cursor.MoveNext())
        {
            rows.Add(cursor.Row());
        }
        return rows;
    }

    public static SliceRow Row(this DataViewRowCursor cursor)
    {
        DataViewRowId id = default;
        cursor.GetIdGetter()(ref id);
        return new(cursor.Value<ReadOnlyMemory<char>>("Case").ToString(), cursor.Value<int>("Slice"), cursor.Value<int>("Height"), cursor.Value<int>("Width"),
            cursor.Value<float>("SpacingX"), cursor.Value<float>("SpacingY"), cursor.Value<float>("SpacingZ"), [.. cursor.Value<VBuffer<float>>("Image").DenseValues()],
            cursor.Schema.GetColumnOrNull("Label") is null ? [] : [.. cursor.Value<VBuffer<byte>>("Label").DenseValues()], id.Low, cursor.Position, cursor.Batch);
    }

    public static T Value<T>(this DataViewRow row, string column)
    {
        T value = default!;
        row.GetGetter<T>(row.Schema[column])(ref value);
        return value;
    }

    public static DataViewRowCursor Cursor(this IDataView data, params string[] columns) => data.GetRowCursor(columns.Select(name => data.Schema[name]));
}
