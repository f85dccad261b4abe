using Microsoft.ML;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Tests.MLNet;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>Experiments that are kept, stopped and gone on with; trials that go on.</summary>
[TestFixture]
internal sealed class ExperimentCheckpointTests
{
    private readonly MLContext _ml = new(seed: 5);

    [Test]
    public void The_best_go_on_from_their_checkpoints_to_the_result_of_a_training_that_was_never_stopped()
    {
        var heard = new ListMonitor();
        var experiment = TinyExperiment.Create(_ml).SetToldPipeline().SetSeeds(3).SetMonitor(heard).SetSuccessiveHalvingTuner(new() { Epochs = TinyExperiment.Epochs, FirstEpochs = 3, Eta = 4 });
        var best = experiment.Run();
        using var model = best.Model as IDisposable;
        Assert.That(heard.Heard.Where(line => line.StartsWith("running", StringComparison.Ordinal)), Is.EqualTo(new[] { "running 0", "running 1", "running 2", "running 3", $"running {best.TrialSettings.TrialId}" }));
        Assert.That((best.TrialSettings.UntilEpoch, best.Epochs), Is.EqualTo(((int?)null, (int?)TinyExperiment.Epochs)));
        Assert.That(experiment.Results.Count(result => result.Epochs == 3), Is.EqualTo(3));

        var whole = TinyExperiment.Create(_ml).SetToldPipeline().SetSeeds(3).SetTuner(space => new RankTuner(best.TrialSettings.Parameter)).Run();
        using var other = whole.Model as IDisposable;
        Assert.That(TinyExperiment.Predictions(_ml, best.Model), Is.EqualTo(TinyExperiment.Predictions(_ml, whole.Model)));
        Assert.That(best.Scores, Is.EqualTo(whole.Scores).Using<TrialScores>((one, two) => one.Dice == two.Dice && one.PerClass.SequenceEqual(two.PerClass)));
    }

    [Test]
    public void An_experiment_goes_on_where_it_was_and_finds_its_best_model_again()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var first = Kept(folder).SetMonitor(new StopAfter(2, stop));
        var best = first.RunAsync(stop.Token).GetAwaiter().GetResult();
        (best.Model as IDisposable)!.Dispose();
        Assert.That(first.Outcome.End, Is.EqualTo(SweepEnd.Interrupted));

        var heard = new ListMonitor();
        var second = Kept(folder).SetMonitor(heard);
        best = second.Run();
        using var model = best.Model as IDisposable;
        Assert.That(heard.Heard.Where(line => line.StartsWith("running", StringComparison.Ordinal)), Has.None.EqualTo("running 0").And.None.EqualTo("running 1").And.Some.EqualTo("running 3"));
        var whole = TinyExperiment.Create(_ml).SetToldPipeline().SetSeeds(3);
        using var other = whole.Run().Model as IDisposable;
        Assert.That(second.Results.Select(result => result.Metric), Is.EqualTo(whole.Results.Select(result => result.Metric)));

        var third = Kept(folder);
        var again = third.Run();
        using var loaded = again.Model as IDisposable;
        Assert.That(again.TrialSettings.TrialId, Is.EqualTo(best.TrialSettings.TrialId));
        Assert.That(TinyExperiment.Predictions(_ml, again.Model), Is.EqualTo(TinyExperiment.Predictions(_ml, best.Model)));
        using var zip = _ml.Segmentation().LoadModel(folder.File("kept/best.zip"));
        Assert.That(TinyExperiment.Predictions(_ml, zip), Is.EqualTo(TinyExperiment.Predictions(_ml, best.Model)));
        Assert.That(Directory.GetFiles(folder.File("kept"), "model.zip", SearchOption.AllDirectories), Has.Length.EqualTo(1), "models of other trials are deleted");
        Assert.That(File.ReadAllLines(folder.File("kept/trials.csv")), Has.Length.EqualTo(5));
    }

    [Test]
    public void A_trial_that_was_stopped_goes_on_from_its_checkpoint()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        var first = Kept(folder).SetMaxModelToExplore(1).SetMonitor(new StopAtEpoch(2, stop));
        Assert.That(async () => await first.RunAsync(stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(folder.File("kept/trials/0000/run/resume.safetensors")));

        var resumed = Kept(folder).SetMaxModelToExplore(1).Run();
        using var model = resumed.Model as IDisposable;
        var whole = TinyExperiment.Create(_ml).SetToldPipeline().SetSeeds(3).SetMaxModelToExplore(1).Run();
        using var other = whole.Model as IDisposable;
        Assert.That(resumed.Metric, Is.EqualTo(whole.Metric));
        Assert.That(TinyExperiment.Predictions(_ml, resumed.Model), Is.EqualTo(TinyExperiment.Predictions(_ml, whole.Model)));
    }

    [Test]
    public void A_folder_of_another_experiment_is_refused_with_what_differs()
    {
        using var folder = new TempFolder();
        using var model = Kept(folder).SetMaxModelToExplore(1).Run().Model as IDisposable;
        Assert.That(Kept(folder).SetSeeds(3, 4).Run, Throws.TypeOf<SweepFolderException>().With.Message.Contains("seeds"));
        Assert.That(Kept(folder).SetDataset(_ml.View(6), _ml.View(12)).Run, Throws.TypeOf<SweepFolderException>().With.Message.Contains("cases"));
        Assert.That(Kept(folder).SetRandomSearchTuner().Run, Throws.TypeOf<SweepFolderException>().With.Message.Contains("tuner"));
    }

    private SegmentationExperiment Kept(TempFolder folder) => TinyExperiment.Create(_ml).SetToldPipeline().SetSeeds(3).SetCheckpoint(folder.File("kept"));

    private sealed class RankTuner(Parameter point) : ITuner
    {
        private bool _proposed;

        public Parameter? Propose(TrialSettings settings)
        {
            var next = _proposed ? null : point;
            _proposed = true;
            return next;
        }

        public void Update(TrialResult result)
        {
        }
    }

    private abstract class Stopper : IMonitor
    {
        public virtual void ReportProgress(TrialSettings settings, TrialProgress progress)
        {
        }

        public void ReportRunningTrial(TrialSettings settings)
        {
        }

        public virtual void ReportCompletedTrial(TrialResult result)
        {
        }

        public void ReportBestTrial(TrialResult result)
        {
        }

        public void ReportFailTrial(TrialSettings settings, Exception exception)
        {
        }
    }

    private sealed class StopAfter(int trials, CancellationTokenSource stop) : Stopper
    {
        private int _done;

        public override void ReportCompletedTrial(TrialResult result)
        {
            if (++_done == trials)
            {
                stop.Cancel();
            }
        }
    }

    private sealed class StopAtEpoch(int epoch, CancellationTokenSource stop) : Stopper
    {
        public override void ReportProgress(TrialSettings settings, TrialProgress progress)
        {
            if (progress.Epoch >= epoch)
            {
                stop.Cancel();
            }
        }
    }
}
