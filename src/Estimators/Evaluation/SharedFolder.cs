using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>A folder holds one training run, so the folds of a cross-validation cannot write to the same one.</summary>
internal static class SharedFolder
{
    /// <summary>Refuses a trainer that would write every fold's run to one folder, where it can be found: it is the estimator or the last of a chain. A chain keeps
    /// its other parts to itself.</summary>
    /// <exception cref="ArgumentException">The trainer has an OutputFolder.</exception>
    public static void Refuse(IEstimator<ITransformer> estimator)
    {
        if (LastOf(estimator) is SamLoraSegmentationTrainer { OutputFolder: { } folder })
        {
            throw new ArgumentException($"The trainer keeps its run in a folder (OutputFolder = {folder}), which holds one run: the second fold would fail. " +
                "Leave OutputFolder out for a cross-validation; the result holds the models of all folds, and each can be saved.", nameof(estimator));
        }
    }

    /// <summary>The last estimator of a chain, of chains in chains too; what is no chain itself.</summary>
    public static object LastOf(object estimator)
    {
        // The type argument is that of whatever was appended last, so that no single type fits all chains.
        var type = estimator.GetType();
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(EstimatorChain<>)
            && type.GetField(nameof(EstimatorChain<ITransformer>.LastEstimator))?.GetValue(estimator) is { } last ? LastOf(last) : estimator;
    }
}
