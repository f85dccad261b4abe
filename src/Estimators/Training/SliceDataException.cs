namespace SAMed.MLNet.Estimators.Training;

/// <summary>A row of the data holds a value that training cannot use.</summary>
/// <param name="columnName">The column.</param>
/// <param name="where">Which case and slice, or which row.</param>
/// <param name="expected">What it should hold.</param>
/// <param name="got">What it holds.</param>
public sealed class SliceDataException(string columnName, string where, string expected, string got)
    : InvalidOperationException($"The column '{columnName}' ({where}): expected {expected}, got {got}.")
{
    /// <summary>The column.</summary>
    public string ColumnName { get; } = columnName;
}
