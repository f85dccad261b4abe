using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Tests.MLNet;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>What is told before any trial.</summary>
[TestFixture]
internal sealed class ExperimentFaultTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void Everything_that_is_not_set_is_named_at_once() =>
        Assert.That(_ml.Segmentation().CreateExperiment().Run, Throws.InvalidOperationException.With.Message.Contains("SetPipeline").And.Message.Contains("SetDataset"));

    [Test]
    public void A_rank_larger_than_the_width_and_other_values_that_make_no_pipeline_are_named_at_once()
    {
        var experiment = TinyExperiment.Create(_ml).SetMonitor(new Nobody())
            .SetPipeline<WideSearch>((ml, search) => ml.Segmentation().Trainers.SamLora(TinyRows.Options with { Lora = new() { Rank = search.Rank }, Training = TinyRun.Options with { LearningRate = search.LearningRate } }));
        Assert.That(experiment.Run, Throws.TypeOf<SearchSpaceException>().With.Message.Contains("the rank 17 is larger than the width of the image encoder, 16").And.Message.Contains("rank is 0")
            .And.Message.Contains("LearningRate must be above 0"));
    }

    [Test]
    public void A_class_without_values_is_refused() =>
        Assert.That(() => TinyExperiment.Create(_ml).SetPipeline<TinyRow>((ml, _) => ml.Segmentation().Trainers.SamLora()), Throws.TypeOf<SearchSpaceException>().With.Message.Contains("no values to search"));

    [Test]
    public void Fewer_cases_than_folds_are_refused() =>
        Assert.That(() => _ml.Segmentation().CreateExperiment().SetDataset(_ml.View(18), folds: 4), Throws.ArgumentException.With.Message.Contains("4 folds need at least 4 cases"));

    [Test]
    public void Successive_halving_needs_a_pipeline_that_is_told_of_its_trial() =>
        Assert.That(TinyExperiment.Create(_ml).SetPlainPipeline().SetSuccessiveHalvingTuner(new() { Epochs = 3 }).Run, Throws.InvalidOperationException.With.Message.Contains("TrialContext"));

    [Test]
    public void Successive_halving_shares_out_the_epochs_of_the_trainer() =>
        Assert.That(TinyExperiment.Create(_ml).SetToldPipeline().SetSuccessiveHalvingTuner(new() { Epochs = 30 }).Run, Throws.TypeOf<SearchSpaceException>().With.Message.Contains("30 epochs").And.Message.Contains("have 8"));

    [Test]
    public void A_random_search_of_a_range_without_an_end_is_refused() =>
        Assert.That(TinyExperiment.Create(_ml).SetRandomSearchTuner().SetPipeline<RangeSearch>((ml, _) => ml.Segmentation().Trainers.SamLora(TinyRows.Options)).Run,
            Throws.InvalidOperationException.With.Message.Contains("SetMaxModelToExplore"));

    [Test]
    public void Rows_that_cannot_be_scored_are_refused() =>
        Assert.That(TinyExperiment.Create(_ml).SetPlainPipeline().SetMonitor(new Nobody()).SetEvaluation(new() { Label = "Truth" }).Run, Throws.InstanceOf<SchemaMismatchException>().With.Message.Contains("Truth"));

    [Test]
    public void Settings_out_of_range_are_refused()
    {
        var experiment = _ml.Segmentation().CreateExperiment();
        Assert.That(() => experiment.SetSeeds(), Throws.ArgumentException);
        Assert.That(() => experiment.SetSeeds(1, 1), Throws.ArgumentException);
        Assert.That(() => experiment.SetTrainingTimeInSeconds(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => experiment.SetMaxModelToExplore(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => experiment.SetGridSearchTuner(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => experiment.Results, Throws.InvalidOperationException);
    }

    /// <summary>Fails the test when a trial begins.</summary>
    private sealed class Nobody : IMonitor
    {
        public void ReportRunningTrial(TrialSettings settings) => throw new AssertionException("A trial was begun.");

        public void ReportCompletedTrial(TrialResult result)
        {
        }

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception exception)
        {
        }
    }

    private sealed class WideSearch
    {
        [Choice(0, 2, 17)]
        public int Rank { get; set; }

        [Choice(0.01, -1.0)]
        public double LearningRate { get; set; }
    }

    private sealed class RangeSearch
    {
        [Microsoft.ML.SearchSpace.Range(0.1, 0.9)]
        public double DiceWeight { get; set; }
    }
}
