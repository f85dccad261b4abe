using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>Columns of schema shapes. Their constructor is closed to other assemblies, so a stock estimator is asked to make them.</summary>
internal static class SchemaShapes
{
    /// <summary>A vector column of <typeparamref name="T"/>, of fixed or variable size.</summary>
    public static SchemaShape.Column Vector<T>(string name, PrimitiveDataViewType itemType, bool fixedSize)
        where T : unmanaged => Make<VBuffer<T>>(name, new VectorDataViewType(itemType, fixedSize ? 1 : 0));

    /// <summary><paramref name="shape"/> with <paramref name="columns"/> added, which hide those of the same names.</summary>
    public static SchemaShape With(SchemaShape shape, params IReadOnlyList<SchemaShape.Column> columns)
    {
        var names = columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        return new SchemaShape([.. shape.Where(column => !names.Contains(column.Name)), .. columns]);
    }

    private static SchemaShape.Column Make<T>(string name, DataViewType type)
    {
        var output = SchemaDefinition.Create(typeof(Cell<T>));
        (output[0].ColumnName, output[0].ColumnType) = (name, type);
        var mapping = new MLContext().Transforms.CustomMapping<Nothing, Cell<T>>(static (_, _) => { }, contractName: null, inputSchemaDefinition: null, outputSchemaDefinition: output);
        return mapping.GetOutputSchema(new SchemaShape([])).Single();
    }

    private sealed class Nothing;

    private sealed class Cell<T>
    {
        public T Value { get; set; } = default!;
    }
}
