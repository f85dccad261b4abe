using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;

namespace SAMed.MLNet.Estimators.Tests.Evaluation;

/// <summary>A scored slice, as a model would give it.</summary>
internal sealed class ScoredRow
{
    public string Case { get; set; } = "";

    public int Slice { get; set; }

    public int Height { get; set; }

    public int Width { get; set; }

    public float SpacingX { get; set; }

    public float SpacingY { get; set; }

    public float SpacingZ { get; set; }

    public byte[] Label { get; set; } = [];

    public byte[] PredictedLabel { get; set; } = [];
}

/// <summary>A case as two volumes.</summary>
internal sealed record ScoredCase(string Name, LabelVolume Prediction, LabelVolume Reference)
{
    /// <summary>The middle of a phantom and, as its prediction, the same moved by a pixel with one organ gone. Spacings that float32 holds exactly.</summary>
    public static ScoredCase Phantom(int seed, int depth = 8)
    {
        var options = new PhantomOptions { Width = 40, Height = 36, Depth = 8, SpacingXMm = 8.5, SpacingYMm = 7.75, SpacingZMm = 24 };
        var whole = AbdomenPhantom.Create(seed, options).Labels;
        var geometry = Geometry.Unplaced(depth, 36, 40, 8.5, 7.75, 24);
        var reference = new LabelVolume(geometry, [.. whole.Voxels.AsSpan((8 - depth) / 2 * geometry.SliceLength, geometry.VoxelCount)]);
        var prediction = new LabelVolume(geometry);
        for (var i = 1; i < prediction.Voxels.Length; i++)
        {
            prediction.Voxels[i] = reference.Voxels[i - 1] == 4 ? (ushort)0 : reference.Voxels[i - 1];
        }
        return new($"phantom{seed:00}", prediction, reference);
    }

    /// <summary>Its slices, numbered from <paramref name="first"/> on.</summary>
    public IEnumerable<ScoredRow> Rows(int first = 0)
    {
        var grid = Reference.Geometry;
        var (x, y, z) = grid.SpacingMm;
        return Enumerable.Range(0, grid.Depth).Select(slice => new ScoredRow
        {
            Case = Name, Slice = first + slice, Height = grid.Height, Width = grid.Width, SpacingX = (float)x, SpacingY = (float)y, SpacingZ = (float)z,
            Label = Bytes(Reference.Slice(slice)), PredictedLabel = Bytes(Prediction.Slice(slice)),
        });
    }

    private static byte[] Bytes(Span<ushort> ids) => Array.ConvertAll(ids.ToArray(), id => (byte)id);
}

/// <summary>Rows as data views.</summary>
internal static class ScoredRows
{
    public static IReadOnlyList<string> Organs { get; } = [.. LabelTable.Synapse.Classes.Select(organ => organ.Name)];

    public static IDataView ToView(this IEnumerable<ScoredRow> rows, MLContext ml) => ml.Data.LoadFromEnumerable(rows.ToArray());

    public static IEnumerable<ScoredRow> Shuffled(this IEnumerable<ScoredRow> rows, int seed)
    {
        var all = rows.ToArray();
        new Random(seed).Shuffle(all);
        return all;
    }

    /// <summary>A view whose label columns have the type [height, width] and, when given, names of classes.</summary>
    public static IDataView ToView(this IEnumerable<ScoredRow> rows, MLContext ml, (int Height, int Width)? label, (int Height, int Width)? predicted,
        IReadOnlyList<string>? labelNames = null, IReadOnlyList<string>? predictedNames = null)
    {
        var schema = SchemaDefinition.Create(typeof(ScoredRow));
        Shape(schema[nameof(ScoredRow.Label)], label, labelNames);
        Shape(schema[nameof(ScoredRow.PredictedLabel)], predicted, predictedNames);
        return ml.Data.LoadFromEnumerable(rows.ToArray(), schema);
    }

    private static void Shape(SchemaDefinition.Column column, (int Height, int Width)? size, IReadOnlyList<string>? names)
    {
        if (size is { } fixedSize)
        {
            column.ColumnType = new VectorDataViewType(NumberDataViewType.Byte, fixedSize.Height, fixedSize.Width);
        }
        if (names is not null)
        {
            column.AddAnnotation("ClassNames", new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(name => name.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, names.Count));
        }
    }
}
