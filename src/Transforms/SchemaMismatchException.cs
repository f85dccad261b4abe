namespace SAMed.MLNet.Transforms;

/// <summary>A column that a transform, trainer or evaluator reads is missing or of another type. As with ML.NET's own, it is an <see cref="ArgumentOutOfRangeException"/>
/// for the parameter <c>inputSchema</c>.</summary>
public sealed class SchemaMismatchException : ArgumentOutOfRangeException
{
    /// <summary>A fault of the column <paramref name="columnName"/>.</summary>
    public SchemaMismatchException(string columnName, string message)
        : base("inputSchema", message)
    {
        ColumnName = columnName;
    }

    /// <summary>The column.</summary>
    public string ColumnName { get; }
}
