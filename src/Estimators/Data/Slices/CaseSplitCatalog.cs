using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace Microsoft.ML;

/// <summary>Splits by case (patient), among ML.NET's own operations on data. A patient's slices resemble each other: a split by rows would test on what was trained on.</summary>
/// <remarks>Sizes are counted in cases and kept as exactly as whole cases allow (10 cases in 5 folds are 2 each). Which case goes where depends on the names and the seed alone,
/// not on the order of rows. The case column is read once, and no other column.</remarks>
public static class CaseSplitCatalog
{
    /// <summary>Splits into a part to train on and a part to test on.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">Rows with a text column that names their case.</param>
    /// <param name="testFraction">Share of the cases to test on, above 0 and below 1; rounded to whole cases, at least one and never all. Default 0.1.</param>
    /// <param name="caseColumnName">The column. Default <c>Case</c>.</param>
    /// <param name="seed">Chooses the cases; null = <see cref="PatientSplit.DefaultSeed"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is out of range.</exception>
    /// <exception cref="SchemaMismatchException">The column is missing or no text.</exception>
    /// <exception cref="ArgumentException">There are fewer than two cases, no rows at all, or a row without a case.</exception>
    public static CaseSplit TrainTestSplitByCase(
        this DataOperationsCatalog catalog, IDataView data, double testFraction = 0.1, string caseColumnName = SliceSchema.CaseName, long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(caseColumnName);
        if (testFraction is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "The test fraction must be above 0 and below 1.");
        }
        var column = new CaseColumn(data, caseColumnName);
        if (column.Cases.Count < 2)
        {
            throw new ArgumentException($"A split needs at least 2 cases; the data have only '{column.Cases[0]}' in the column '{caseColumnName}'.", nameof(data));
        }
        var (training, test) = PatientSplit.Split(column.Cases, testFraction, seed ?? PatientSplit.DefaultSeed);
        return column.Split(training, test);
    }

    /// <summary>Splits into a part to test on, whose cases are named, and the rest to train on.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">Rows with a text column that names their case.</param>
    /// <param name="testCases">The cases to test on, as the column spells them; at least one and not all.</param>
    /// <param name="caseColumnName">The column. Default <c>Case</c>.</param>
    /// <exception cref="SchemaMismatchException">The column is missing or no text.</exception>
    /// <exception cref="ArgumentException">No case is named, a name is no case of the data, or none is left to train on; there are no rows at all, or a row without a case.</exception>
    public static CaseSplit TrainTestSplitByCase(
        this DataOperationsCatalog catalog, IDataView data, IReadOnlyCollection<string> testCases, string caseColumnName = SliceSchema.CaseName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(testCases);
        ArgumentException.ThrowIfNullOrEmpty(caseColumnName);
        if (testCases.Count == 0)
        {
            throw new ArgumentException("No case is named to test on: the list is empty.", nameof(testCases));
        }
        var column = new CaseColumn(data, caseColumnName);
        var (training, test) = PatientSplit.ByName(column.Cases, testCases, "testing", nameof(testCases));
        return column.Split(training, test);
    }

    /// <summary>Splits into folds for a cross-validation: every case is tested on in one fold and trained on in the others.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">Rows with a text column that names their case.</param>
    /// <param name="numberOfFolds">Number of folds, at least 2 and at most the number of cases; their sizes differ by one case at most. Default 5.</param>
    /// <param name="caseColumnName">The column. Default <c>Case</c>.</param>
    /// <param name="seed">Deals the cases out; null = <see cref="PatientSplit.DefaultSeed"/>.</param>
    /// <returns>One split per fold.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two folds.</exception>
    /// <exception cref="SchemaMismatchException">The column is missing or no text.</exception>
    /// <exception cref="ArgumentException">There are fewer cases than folds, no rows at all, or a row without a case.</exception>
    public static IReadOnlyList<CaseSplit> CrossValidationSplitByCase(
        this DataOperationsCatalog catalog, IDataView data, int numberOfFolds = 5, string caseColumnName = SliceSchema.CaseName, long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(caseColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        var column = new CaseColumn(data, caseColumnName);
        if (column.Cases.Count < numberOfFolds)
        {
            throw new ArgumentException(
                $"{numberOfFolds} folds need at least {numberOfFolds} cases, one each; the column '{caseColumnName}' holds {column.Cases.Count}. Ask for fewer folds.", nameof(data));
        }
        return [.. PatientSplit.Folds(column.Cases, numberOfFolds, seed ?? PatientSplit.DefaultSeed).Select(fold => column.Split(fold.Training, fold.Validation))];
    }
}
