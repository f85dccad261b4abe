using Microsoft.ML;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Tests.MLNet;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

[TestFixture]
internal sealed class SegmentationExperimentTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void Every_point_is_tried_and_the_best_model_kept()
    {
        var heard = new ListMonitor();
        var experiment = TinyExperiment.Create(_ml).SetPlainPipeline().SetMonitor(heard);
        var best = experiment.Run();
        using var model = best.Model as IDisposable;
        Assert.That(experiment.Results.Select(result => result.TrialSettings.Parameter.ToString()),
            Is.EqualTo(new[] { "Rank=1 LearningRate=0.02", "Rank=1 LearningRate=0.01", "Rank=2 LearningRate=0.02", "Rank=2 LearningRate=0.01" }));
        Assert.That(best.Metric, Is.EqualTo(experiment.Results.Max(result => result.Metric)).And.InRange(0.01, 1));
        Assert.That(_ml.Segmentation().Evaluate(best.Model!.Transform(_ml.Data.FilterByCustomPredicate<TinyRow>(_ml.View(18), row => row.Case != "case2")),
            options: new() { Unit = Metrics.DistanceUnit.Voxel }).MeanDice, Is.EqualTo(best.Metric).Within(1e-12), "the model has the score that is told of it");
        Assert.That(best.Loss, Is.EqualTo(-best.Metric));
        Assert.That(best.Epochs, Is.EqualTo(TinyExperiment.Epochs));
        Assert.That(best.Scores!.PerClass.Select(score => score.Name), Is.EqualTo(TinyRows.Classes));
        Assert.That(best.Scores.Hd95Mm, Is.Null, "the rows have no spacing");
        Assert.That(experiment.Results[2].TrainableParameters, Is.GreaterThan(experiment.Results[0].TrainableParameters!.Value));
        Assert.That(heard.Heard.Count(line => line.StartsWith("completed", StringComparison.Ordinal)), Is.EqualTo(4));
    }

    [Test]
    public void Trials_are_rows_of_a_data_frame()
    {
        var experiment = TinyExperiment.Create(_ml).SetPlainPipeline().SetMaxModelToExplore(2).SetSeeds(1, 2);
        using var model = experiment.Run().Model as IDisposable;
        var frame = experiment.ToDataFrame();
        Assert.That(frame.Rows.Count, Is.EqualTo(4));
        Assert.That(frame["Candidate"].Cast<int>(), Is.EqualTo(new[] { 0, 0, 1, 1 }));
        Assert.That(frame["Rank"].Cast<long>(), Is.EqualTo(new[] { 1L, 1, 1, 1 }));
        Assert.That(frame["LearningRate"].Cast<double>(), Is.EqualTo(new[] { 0.02, 0.02, 0.01, 0.01 }));
        Assert.That(frame["Seed"].Cast<long>(), Is.EqualTo(new[] { 1L, 2, 1, 2 }));
        Assert.That(frame["Dice"].Cast<double>(), Is.EqualTo(experiment.Results.Select(result => result.Metric)));
        Assert.That(experiment.Outcome.Summary.Candidates, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_trial_does_not_depend_on_those_before_it()
    {
        var all = TinyExperiment.Create(_ml).SetPlainPipeline().SetSeeds(7);
        using var model = all.Run().Model as IDisposable;
        var last = TinyExperiment.Create(_ml).SetPlainPipeline().SetSeeds(7).SetTuner(_ => new OnePoint(all.Results[3].TrialSettings.Parameter));
        using var other = last.Run().Model as IDisposable;
        Assert.That(last.Results.Single().Metric, Is.EqualTo(all.Results[3].Metric));
    }

    [Test]
    public void The_seed_decides_the_weights_of_a_pipeline_that_names_none()
    {
        var (first, again) = (Weights(1), Weights(1));
        Assert.That(again, Is.EqualTo(first));
        Assert.That(first, Is.Not.EqualTo(Weights(2)));

        Dictionary<string, float[]> Weights(long seed)
        {
            using var model = (SamSegmentationTransformer)TinyExperiment.Create(_ml).SetPlainPipeline().SetMaxModelToExplore(1).SetSeeds(seed).Run().Model!;
            return model.Read(TinyRun.Weights);
        }
    }

    [Test]
    public void Folds_are_trained_and_scored_each_and_their_mean_counts()
    {
        var folds = new List<int?>();
        var experiment = _ml.Segmentation().CreateExperiment().SetDataset(_ml.Data.Cache(_ml.View(18)), folds: 3).SetMaxModelToExplore(1)
            .SetPipeline<TinyExperiment.Search>((ml, search, trial) =>
            {
                folds.Add(trial.Fold);
                return ml.Segmentation().Trainers.SamLora(trial.Apply(TinyExperiment.OptionsOf(search)));
            });
        var best = experiment.Run();
        using var model = best.Model as IDisposable;
        Assert.That(folds.TakeLast(3), Is.EqualTo(new int?[] { 0, 1, 2 }));
        Assert.That(best.Metric, Is.EqualTo(best.Scores!.Dice).And.InRange(0, 1));
        Assert.That(best.Scores.PerClass.Average(score => score.Dice), Is.EqualTo(best.Metric).Within(1e-12));
        Assert.That(TinyExperiment.Predictions(_ml, best.Model), Has.Length.EqualTo(6));
    }

    [Test]
    public void A_trial_that_fails_does_not_stop_the_rest()
    {
        var experiment = TinyExperiment.Create(_ml).SetMaxModelToExplore(3).SetPipeline<TinyExperiment.Search>((ml, search, trial) =>
            search.LearningRate < 0.015 && trial.Folder.Contains("0001", StringComparison.Ordinal)
                ? throw new NotSupportedException("no such rate")
                : ml.Segmentation().Trainers.SamLora(trial.Apply(TinyExperiment.OptionsOf(search))));
        using var model = experiment.Run().Model as IDisposable;
        Assert.That(experiment.Outcome.Trials.Select(trial => trial.State), Is.EqualTo(new[] { TrialState.Done, TrialState.Failed, TrialState.Done }));
        Assert.That(experiment.Outcome.Trials[1].Error, Is.EqualTo("no such rate"));
        Assert.That(experiment.ToDataFrame()["Error"][1], Is.EqualTo("no such rate"));
    }

    [Test]
    public void When_all_fail_their_errors_are_told()
    {
        var experiment = TinyExperiment.Create(_ml).SetPipeline<TinyExperiment.Search>((ml, search, trial) => trial.Folder.EndsWith("none", StringComparison.Ordinal)
            ? ml.Segmentation().Trainers.SamLora(TinyExperiment.OptionsOf(search))
            : throw new NotSupportedException("nothing works"));
        Assert.That(experiment.Run, Throws.TypeOf<TrialFailedException>().With.Message.Contains("None of 4 trials").And.Message.Contains("nothing works"));
        Assert.That(experiment.Outcome.Trials, Has.Count.EqualTo(4));
    }

    [Test]
    public void A_trial_that_runs_out_of_memory_is_done_with_half_the_batch_and_says_so()
    {
        var told = new List<string>();
        var experiment = TinyExperiment.Create(_ml).SetMaxModelToExplore(1).SetMonitor(new Notes(told)).SetPipeline<TinyExperiment.Search>((ml, search, trial) =>
        {
            var options = trial.Apply(TinyExperiment.OptionsOf(search));
            return options.Training.BatchSize == 4 && !trial.Folder.EndsWith("none", StringComparison.Ordinal)
                ? throw new InsufficientMemoryException("too large")
                : options.Training is { BatchSize: 2, AccumulationSteps: 2 } or { BatchSize: 4 } ? ml.Segmentation().Trainers.SamLora(options) : throw new NotSupportedException($"{options.Training}");
        });
        var best = experiment.Run();
        using var model = best.Model as IDisposable;
        Assert.That(best.HalvedBatch);
        Assert.That(told, Has.Some.Contains("half the batch"));
    }

    [Test]
    public void A_tuner_and_a_runner_of_ones_own_take_the_place_of_the_pipeline()
    {
        using var runner = new FakeRunner((settings, _) => Task.FromResult(FakeTrials.Of(settings)));
        var experiment = _ml.Segmentation().CreateExperiment().SetPlainPipeline().SetTuner(_ => new ListTuner(5)).SetTrialRunner(runner);
        var best = experiment.Run();
        Assert.That(runner.Begun, Has.Count.EqualTo(5));
        Assert.That(best.Metric, Is.EqualTo(experiment.Results.Max(result => result.Metric)));
        Assert.That(best.Model, Is.Null);
    }

    [Test]
    public void When_the_time_is_up_before_a_trial_is_done_it_says_so()
    {
        using var runner = new FakeRunner(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            throw new InvalidOperationException();
        });
        var experiment = _ml.Segmentation().CreateExperiment().SetPlainPipeline().SetTrialRunner(runner).SetTrainingTimeInSeconds(1);
        Assert.That(experiment.Run, Throws.TypeOf<TimeoutException>());
    }

    [Test]
    public void Messages_of_trials_reach_the_context_of_the_experiment()
    {
        MLContext ml = new(seed: 5);
        var heard = new List<string>();
        ml.Log += (_, entry) => heard.Add(entry.RawMessage);
        using var model = TinyExperiment.Create(ml).SetPlainPipeline().SetMaxModelToExplore(1).Run().Model as IDisposable;
        Assert.That(heard, Has.Some.Contains("Slices: 12 to train on"));
    }

    private sealed class OnePoint(Parameter point) : ITuner
    {
        private bool _proposed;

        public Parameter? Propose(TrialSettings settings) => _proposed ? null : (_proposed = true, point).point;

        public void Update(TrialResult result)
        {
        }
    }

    private sealed class Notes(List<string> told) : IMonitor
    {
        public void ReportRunningTrial(TrialSettings settings)
        {
        }

        public void ReportProgress(TrialSettings settings, TrialProgress progress) => told.Add(progress.Note ?? "");

        public void ReportCompletedTrial(TrialResult result)
        {
        }

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception exception) => told.Add(exception.Message);
    }
}
