using Microsoft.ML;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>One fold of a cross-validation.</summary>
public sealed class SegmentationFold
{
    internal SegmentationFold(int fold, ITransformer model, IDataView scoredHoldOutSet, IReadOnlyList<string> testCases, SegmentationMetrics metrics) =>
        (Fold, Model, ScoredHoldOutSet, TestCases, Metrics) = (fold, model, scoredHoldOutSet, testCases, metrics);

    /// <summary>Its number, from 0 on.</summary>
    public int Fold { get; }

    /// <summary>What was trained on the other folds. The cross-validation disposes it.</summary>
    public ITransformer Model { get; }

    /// <summary>The test cases as the model scores them, label-side transforms included. Lazy: reading it predicts again.</summary>
    public IDataView ScoredHoldOutSet { get; }

    /// <summary>The cases that the model was tested on.</summary>
    public IReadOnlyList<string> TestCases { get; }

    /// <summary>The scores of the test cases.</summary>
    public SegmentationMetrics Metrics { get; }
}
