using System.Runtime.InteropServices;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Training;

#pragma warning disable CA2201 // These are the exceptions of the runtime and of libtorch's binding, made here in their place.

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Trials;

/// <summary>One trial in a folder: done once, gone on with, halved, failed.</summary>
public class TrialTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    [Test]
    public void A_trial_that_is_done_gives_its_result_again_without_training()
    {
        var spec = TinyTrial.Spec(_folder, id: 7);
        var first = Trial.Execute(spec, _folder.File("trial"));
        var written = File.ReadAllBytes(_folder.File("trial/result.json"));

        var again = Trial.Execute(spec, _folder.File("trial"), progress: null, halveBatch: false, (_, _, _) => throw new InvalidOperationException("trained again"), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(TinyTrial.Same(again), Is.EqualTo(TinyTrial.Same(first)));
            Assert.That(File.ReadAllBytes(_folder.File("trial/result.json")), Is.EqualTo(written));
            Assert.That((first.TrialSettings.TrialId, first.Epochs, first.Scores, first.HalvedBatch), Is.EqualTo((7, 4, (TrialScores?)null, false)));
            Assert.That(first.Curve.Select(point => point.Epoch), Is.EqualTo(new[] { 1, 2, 3, 4 }));
            Assert.That(first.Metric, Is.EqualTo(first.Curve.Max(point => point.Dice)).And.GreaterThan(0));
            Assert.That(first.TrainableParameters, Is.GreaterThan(0));
            Assert.That(File.Exists(_folder.File("trial/failure.json")), Is.False);
            Assert.That(File.ReadAllText(_folder.File("trial/log.txt")), Does.Contain("rank=2 lr=0.03").And.Contain("epoch 4/4").And.Contain("Done: "));
        });
    }

    [Test]
    public void A_trial_that_was_cancelled_goes_on_to_the_same_bits()
    {
        var whole = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("whole"));
        using var source = new CancellationTokenSource();
        var heard = new Heard(progress => { if (progress.Epoch == 2) { source.Cancel(); } });

        Assert.That(() => Trial.Execute(TinyTrial.Spec(_folder), _folder.File("parts"), heard, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(_folder.File("parts/result.json")) || File.Exists(_folder.File("parts/failure.json")), Is.False);
        var rest = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("parts"), heard);

        Assert.Multiple(() =>
        {
            Assert.That(TinyTrial.Same(rest), Is.EqualTo(TinyTrial.Same(whole)));
            Assert.That(TinyTrial.Weights(_folder.File("parts")), Is.EqualTo(TinyTrial.Weights(_folder.File("whole"))));
            Assert.That(heard.All.Select(progress => progress.Epoch), Is.Ordered);
            Assert.That(heard.All[^1], Is.EqualTo(new TrialProgress(4, 4, heard.All[^1].Dice)));
            Assert.That(heard.All[^1].Dice, Is.EqualTo(whole.Metric).Within(1e-6));
            Assert.That(new TrialFolder(_folder.File("parts")).ReadProgress(), Is.EqualTo(heard.All[^1]));
        });
    }

    [Test]
    public void A_trial_of_several_parts_gives_the_result_of_each_and_ends_like_a_whole_one()
    {
        var whole = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("whole"));

        var first = Trial.Execute(TinyTrial.Spec(_folder, untilEpoch: 2), _folder.File("parts"));
        var last = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("parts"));
        var firstAgain = Trial.Execute(TinyTrial.Spec(_folder, untilEpoch: 2), _folder.File("parts"));

        Assert.Multiple(() =>
        {
            Assert.That((first.Epochs, first.TrialSettings.UntilEpoch), Is.EqualTo((2, (int?)2)));
            Assert.That(first.Curve, Is.EqualTo(whole.Curve.Take(2)));
            Assert.That(TinyTrial.Same(last), Is.EqualTo(TinyTrial.Same(whole)));
            Assert.That(TinyTrial.Weights(_folder.File("parts")), Is.EqualTo(TinyTrial.Weights(_folder.File("whole"))));
            Assert.That(TinyTrial.Same(firstAgain), Is.EqualTo(TinyTrial.Same(first)));
        });
    }

    [TestCase("CUDA out of memory. Tried to allocate 2.00 GiB")]
    [TestCase("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8796093022208 bytes. Error code 12 (Cannot allocate memory)\n  stack")]
    public void A_trial_that_runs_out_of_memory_starts_over_once_with_half_the_batch_and_says_so(string message)
    {
        List<(int Batch, int Accumulate, bool Resume)> calls = [];
        var heard = new Heard();

        var result = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("trial"), heard, halveBatch: false, (options, observer, token) =>
        {
            calls.Add((options.Training.BatchSize, options.Training.AccumulationSteps, options.Resume));
            if (calls.Count == 1)
            {
                _ = TrainingRun.Execute(options with { UntilEpoch = 1 }, observer, token);
                throw new AggregateException(new ExternalException(message));
            }
            return TrainingRun.Execute(options, observer, token);
        }, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(calls, Is.EqualTo(new[] { (4, 1, false), (2, 2, false) }));
            Assert.That((result.HalvedBatch, result.Epochs), Is.EqualTo((true, 4)));
            Assert.That(heard.All.Select(progress => progress.Note).OfType<string>().Single(), Does.Contain("batches of 2 instead of 4").And.Contain("2 to a step instead of 1").And.Not.Contain("stack"));
            Assert.That(File.ReadAllText(_folder.File("trial/log.txt")), Does.Contain("batches of 2 instead of 4"));
            Assert.That(File.ReadAllText(_folder.File("trial/result.json")), Does.Contain("\"halvedBatch\": true"));
            Assert.That(File.ReadAllText(_folder.File("trial/run/run.json")), Does.Contain("\"batchSize\": 2"));
            Assert.That(Directory.Exists(_folder.File("trial/run.dropped")), Is.False);
        });
    }

    [Test]
    public void A_trial_whose_half_batch_is_too_large_too_fails_with_what_to_do()
    {
        var calls = 0;
        TrainingRunResult Train(TrainingRunOptions options, ITrainingObserver observer, CancellationToken token)
        {
            calls++;
            throw new OutOfMemoryException("no more");
        }

        Assert.That(() => Trial.Execute(TinyTrial.Spec(_folder), _folder.File("trial"), null, halveBatch: false, Train, CancellationToken.None),
            Throws.TypeOf<TrialFailedException>().With.Message.Contains("with half the batch too (no more)").And.Message.Contains("--batch-size"));
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void A_trial_that_was_killed_for_its_memory_starts_over_with_half_the_batch_and_keeps_it()
    {
        var spec = TinyTrial.Spec(_folder, untilEpoch: 1);
        _ = Trial.Execute(spec, _folder.File("trial"));

        var halved = Trial.Execute(TinyTrial.Spec(_folder, untilEpoch: 2), _folder.File("trial"), halveBatch: true);
        var rest = Trial.Execute(TinyTrial.Spec(_folder), _folder.File("trial"), halveBatch: true);

        Assert.That((halved.HalvedBatch, rest.HalvedBatch, rest.Epochs), Is.EqualTo((true, true, 4)));
        Assert.That(File.ReadAllText(_folder.File("trial/run/run.json")), Does.Contain("\"batchSize\": 2").And.Contain("\"accumulationSteps\": 2"));
    }

    [Test]
    public void A_trial_that_fails_says_why_and_may_be_tried_again()
    {
        var spec = TinyTrial.Spec(_folder);
        spec = spec with { Run = spec.Run with { Data = _folder.File("nowhere") } };

        Assert.That(() => Trial.Execute(spec, _folder.File("trial")), Throws.TypeOf<TrialFailedException>().With.Message.Contains("nowhere"));
        var failure = File.ReadAllText(_folder.File("trial/failure.json"));
        Assert.That(failure, Does.Contain("nowhere").And.Contain("\"kind\": "));
        Assert.That(new TrialFolder(_folder.File("trial")).ReadFailure(), Does.Contain("nowhere"));

        Directory.Move(_folder.File("data"), _folder.File("nowhere"));
        Assert.That(Trial.Execute(spec, _folder.File("trial")).Epochs, Is.EqualTo(4));
        Assert.That(File.Exists(_folder.File("trial/failure.json")), Is.False);
    }

    [Test]
    public void A_folder_of_another_trial_is_refused_with_the_differences_and_stays_as_it_is()
    {
        _ = Trial.Execute(TinyTrial.Spec(_folder, untilEpoch: 1), _folder.File("trial"));
        var before = File.ReadAllText(_folder.File("trial/spec.json"));
        var other = TinyTrial.Spec(_folder, id: 3, point: new([new("rank", 3), new("lr", 0.03)]));

        var fault = Assert.Throws<TrialSpecException>(() => Trial.Execute(other, _folder.File("trial")));

        Assert.That(fault!.Faults, Is.SupersetOf(new[] { new TrialSpecFault("trialId", "0, as there", "3"), new TrialSpecFault("run.lora.rank", "2, as there", "3") }));
        Assert.That(File.ReadAllText(_folder.File("trial/spec.json")), Is.EqualTo(before));
        Assert.That(Trial.Execute(TinyTrial.Spec(_folder) with { Run = TinyTrial.Spec(_folder).Run with { Device = "auto" } }, _folder.File("trial")).Epochs, Is.EqualTo(4), "another device is no other trial");
    }

    [Test]
    public void A_trial_without_cases_to_validate_on_is_refused_before_it_trains()
    {
        var spec = TinyTrial.Spec(_folder);
        spec = spec with { Run = spec.Run with { ValidationCases = [] } };

        Assert.That(() => Trial.Execute(spec, _folder.File("trial")), Throws.TypeOf<TrialFailedException>().With.Message.Contains("ValidationCases"));
        Assert.That(Directory.Exists(_folder.File("trial/run")), Is.False);
    }

    private sealed class Heard(Action<TrialProgress>? then = null) : IProgress<TrialProgress>
    {
        public List<TrialProgress> All { get; } = [];

        public void Report(TrialProgress value)
        {
            All.Add(value);
            then?.Invoke(value);
        }
    }
}
