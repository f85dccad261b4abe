using Microsoft.ML;
using Microsoft.ML.Runtime;
using SAMed.MLNet.Estimators.Evaluation;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Everything that an experiment's trials are made of.</summary>
internal sealed record ExperimentPlan(MLContext Context, ExperimentPipeline Pipeline, ExperimentData Data, ExperimentScoring Scoring)
{
    /// <summary>The seed of trials that are given none.</summary>
    public required long BaseSeed { get; init; }

    /// <summary>The epochs that successive halving shares out; null without it.</summary>
    public int? SharedEpochs { get; init; }

    /// <summary>Finds what would end every trial: values that no pipeline can be built with, rows that cannot be scored. Builds pipelines, fits none.</summary>
    /// <exception cref="SearchSpaceException">A value of the space makes no pipeline.</exception>
    /// <exception cref="Transforms.SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A case lacks slices or has one twice, or its slices differ in size or spacing.</exception>
    public void Check(ExperimentFolder folder, CancellationToken cancellation)
    {
        using var log = ((IHostEnvironment)Context).Register("SegmentationExperiment").Start("Check");
        var context = TrialEnvironment.Of(Context, TrialEnvironment.Seed(BaseSeed), log);
        var first = Pipeline.TryAll(point => TrialOf(point, folder, cancellation), context);
        foreach (var (_, validation) in Data.Parts)
        {
            ScoredShape.Check(context, validation, first, Scoring.Columns, Scoring.OptionsFor(validation).Unit, Scoring.Classes, cancellation);
        }
    }

    /// <summary>The trainer of a point, where the pipeline ends in one. Nothing is fitted.</summary>
    public SamLoraSegmentationTrainer? TrainerOf(Parameter point, ExperimentFolder folder)
    {
        using var log = ((IHostEnvironment)Context).Register("SegmentationExperiment").Start("Load");
        var trial = TrialOf(point, folder, CancellationToken.None);
        try
        {
            return ExperimentChain.TrainerOf(Pipeline.Build(TrialEnvironment.Of(Context, TrialEnvironment.Seed(BaseSeed), log), trial));
        }
        finally
        {
            trial.Release();
        }
    }

    private TrialContext TrialOf(Parameter point, ExperimentFolder folder, CancellationToken cancellation) =>
        new(new() { TrialId = 0, Parameter = point }, Path.Combine(folder.Path, "trials", "none"), Data.HasFolds ? 0 : null, Data.Parts[0].Train, Data.Parts[0].Validation, cancellation) { SharedEpochs = SharedEpochs };
}
