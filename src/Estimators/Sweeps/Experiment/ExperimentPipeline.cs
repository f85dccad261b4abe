using Microsoft.ML;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The pipeline of an experiment with what it searches.</summary>
/// <param name="Name">The search class.</param>
/// <param name="Space">Its space.</param>
/// <param name="Build">Makes the pipeline of a point.</param>
/// <param name="KnowsTrial">Whether it is told of its trial.</param>
internal sealed record ExperimentPipeline(string Name, SearchSpace Space, Func<MLContext, TrialContext, IEstimator<ITransformer>> Build, bool KnowsTrial)
{
    public static ExperimentPipeline Of<TSearch>(Func<MLContext, TSearch, TrialContext, IEstimator<ITransformer>> pipeline, bool knowsTrial)
        where TSearch : class, new() =>
        new(typeof(TSearch).Name, SearchSpace.Of<TSearch>(), (context, trial) => pipeline(context, SearchSpace.Bind<TSearch>(trial.Parameter), trial), knowsTrial);

    /// <summary>Builds the pipeline with every choice and with both ends of every range, one dimension after the other, and fits none: what the trainer refuses is told before the first trial.</summary>
    /// <returns>The pipeline of the first point.</returns>
    /// <exception cref="SearchSpaceException">Lists every value that no pipeline can be built with.</exception>
    public IEstimator<ITransformer> TryAll(Func<Parameter, TrialContext> trialOf, MLContext context)
    {
        IEstimator<ITransformer>? first = null;
        List<string> faults = [];
        Parameter start = new(Space.Dimensions.Select(dimension => KeyValuePair.Create(dimension.Name, dimension.Start)));
        foreach (var point in Space.Dimensions.SelectMany(dimension => dimension.Grid(2).Select(value => With(start, dimension.Name, value))).Prepend(start).Distinct())
        {
            var trial = trialOf(point);
            try
            {
                var estimator = Build(context, trial);
                RefuseWide(estimator);
                first ??= estimator;
            }
            catch (Exception fault) when (fault is ArgumentException or SamOptionsException or AdapterOptionsException)
            {
                faults.Add($"with {point}: {fault.Message.TrimEnd('.')}");
            }
            finally
            {
                trial.Release();
            }
        }
        return faults.Count == 0 && first is not null ? first : throw new SearchSpaceException($"The pipeline cannot be built from every value of {Name}", [.. faults.Distinct()]);
    }

    private static Parameter With(Parameter point, string name, object value) => new(point.Select(pair => pair.Key == name ? KeyValuePair.Create(name, value) : pair));

    private static void RefuseWide(IEstimator<ITransformer> estimator)
    {
        if (ExperimentChain.TrainerOf(estimator) is { Settings: { Lora: { Placement: not LoraPlacement.None } lora, Model: var model } } && lora.Rank > model.EmbedDim)
        {
            throw new ArgumentException($"the rank {lora.Rank} is larger than the width of the image encoder, {model.EmbedDim}; a higher rank than the width adds nothing");
        }
    }
}
