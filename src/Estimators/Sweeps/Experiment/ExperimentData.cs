using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What an experiment trains and validates on: one part, or one per fold.</summary>
internal sealed class ExperimentData
{
    private ExperimentData(IReadOnlyList<(IDataView Train, IDataView Validation)> parts, bool folds) => (Parts, HasFolds) = (parts, folds);

    /// <summary>Rows to train on and to validate on.</summary>
    public IReadOnlyList<(IDataView Train, IDataView Validation)> Parts { get; }

    /// <summary>Whether the parts are folds.</summary>
    public bool HasFolds { get; }

    public static ExperimentData Of(IDataView train, IDataView validation) => new([(train, validation)], folds: false);

    /// <exception cref="ArgumentException">There are fewer cases than folds.</exception>
    public static ExperimentData Folds(MLContext context, IDataView data, int count, string caseColumn, long? seed) =>
        new([.. context.Data.CrossValidationSplitByCase(data, count, caseColumn, seed).Select(fold => (fold.TrainSet, fold.TestSet))], folds: true);

    /// <summary>What decides the results: the cases of each part, in the order of the data.</summary>
    public object Describe(string caseColumn) =>
        Parts.Select(part => new { Train = Cases(part.Train, caseColumn), Validation = Cases(part.Validation, caseColumn) }).ToArray();

    private static IReadOnlyList<string> Cases(IDataView view, string caseColumn) => view.Schema.GetColumnOrNull(caseColumn) is null ? [] : new CaseColumn(view, caseColumn).Cases;
}
