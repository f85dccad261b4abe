using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>Finds the columns that a component reads, or says in ML.NET's way which one is missing or of the wrong type.</summary>
internal static class InputColumns
{
    /// <summary>The vector column <paramref name="name"/>, whose items are of one of <paramref name="itemTypes"/>.</summary>
    /// <param name="schema">Where to look.</param>
    /// <param name="name">The column.</param>
    /// <param name="role">What the component takes it for: image, label, …</param>
    /// <param name="itemTypes">Types that will do.</param>
    /// <exception cref="SchemaMismatchException">It is missing or of another type.</exception>
    public static DataViewSchema.Column RequireVector(DataViewSchema schema, string name, string role, params IReadOnlyList<PrimitiveDataViewType> itemTypes)
    {
        var column = Require(schema, name, role);
        return column.Type is VectorDataViewType vector && itemTypes.Contains(vector.ItemType)
            ? column
            : throw WrongType(name, role, string.Join(" or ", itemTypes.Select(item => $"Vector<{item}>")), column.Type.ToString()!);
    }

    /// <summary>The column <paramref name="name"/> of exactly <paramref name="type"/>.</summary>
    /// <exception cref="SchemaMismatchException">It is missing or of another type.</exception>
    public static DataViewSchema.Column RequireScalar(DataViewSchema schema, string name, string role, PrimitiveDataViewType type)
    {
        var column = Require(schema, name, role);
        return column.Type.Equals(type) ? column : throw WrongType(name, role, type.ToString()!, column.Type.ToString()!);
    }

    /// <summary>The column of <paramref name="type"/>, or null when there is none of that name.</summary>
    /// <exception cref="SchemaMismatchException">It is of another type.</exception>
    public static DataViewSchema.Column? FindScalar(DataViewSchema schema, string name, string role, PrimitiveDataViewType type) =>
        schema.GetColumnOrNull(name) is null ? null : RequireScalar(schema, name, role, type);

    /// <summary>As for a schema, before there are data.</summary>
    /// <exception cref="SchemaMismatchException">It is missing or of another type.</exception>
    public static SchemaShape.Column RequireVector(SchemaShape shape, string name, string role, params IReadOnlyList<PrimitiveDataViewType> itemTypes)
    {
        var column = Require(shape, name, role);
        return column.Kind != SchemaShape.Column.VectorKind.Scalar && !column.IsKey && itemTypes.Contains(column.ItemType)
            ? column
            : throw WrongType(name, role, string.Join(" or ", itemTypes.Select(item => $"Vector<{item}>")), Describe(column));
    }

    /// <summary>As for a schema, before there are data.</summary>
    /// <exception cref="SchemaMismatchException">It is missing or of another type.</exception>
    public static SchemaShape.Column RequireScalar(SchemaShape shape, string name, string role, PrimitiveDataViewType type)
    {
        var column = Require(shape, name, role);
        return column.Kind == SchemaShape.Column.VectorKind.Scalar && !column.IsKey && column.ItemType.Equals(type)
            ? column
            : throw WrongType(name, role, type.ToString()!, Describe(column));
    }

    /// <summary>Whether the shape has a column of that name.</summary>
    public static bool Has(SchemaShape shape, string name) => shape.Any(column => column.Name == name);

    private static DataViewSchema.Column Require(DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name) ?? throw Missing(name, role, schema.Where(column => !column.IsHidden).Select(column => column.Name));

    private static SchemaShape.Column Require(SchemaShape shape, string name, string role) =>
        // The struct has no null: the name tells whether it was found.
        shape.FirstOrDefault(column => column.Name == name) is { Name: not null } found ? found : throw Missing(name, role, shape.Select(column => column.Name));

    private static SchemaMismatchException Missing(string name, string role, IEnumerable<string> there) =>
        new(name, $"The {role} column '{name}' is not in the data. The columns are {string.Join(", ", there)}.");

    private static SchemaMismatchException WrongType(string name, string role, string expected, string got) =>
        new(name, $"Schema mismatch for the {role} column '{name}': expected {expected}, got {got}.");

    private static string Describe(SchemaShape.Column column) => column.Kind == SchemaShape.Column.VectorKind.Scalar
        ? (column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString()!)
        : $"{(column.Kind == SchemaShape.Column.VectorKind.VariableVector ? "VarVector" : "Vector")}<{(column.IsKey ? "key " : "")}{column.ItemType}>";
}
