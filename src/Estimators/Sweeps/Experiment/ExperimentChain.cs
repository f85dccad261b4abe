using Microsoft.ML;
using SAMed.MLNet.Estimators.Evaluation;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What is at the end of pipelines.</summary>
internal static class ExperimentChain
{
    /// <summary>The trainer, when it is the estimator or the last of a chain; null when something else is.</summary>
    public static SamLoraSegmentationTrainer? TrainerOf(IEstimator<ITransformer> estimator) => SharedFolder.LastOf(estimator) as SamLoraSegmentationTrainer;

    /// <summary>The trained network, when it is the model or the last of a chain; null when something else is.</summary>
    public static SamSegmentationTransformer? NetworkOf(ITransformer model) => model switch
    {
        SamSegmentationTransformer network => network,
        IEnumerable<ITransformer> chain => chain.LastOrDefault() is { } last ? NetworkOf(last) : null,
        _ => null,
    };
}
