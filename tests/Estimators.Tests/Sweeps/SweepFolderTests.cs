using System.Text.Json;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary><see cref="SweepFolder"/>, <see cref="SweepDefinition"/> and the files of results.</summary>
internal sealed class SweepFolderTests
{
    private static readonly SweepDefinition s_definition = SweepDefinition.Of(new { seeds = new[] { 1 }, space = new { rank = new[] { 1, 2 } } });
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void A_definition_has_the_same_fingerprint_whatever_the_order_of_its_fields()
    {
        var turned = SweepDefinition.Of(new { space = new { rank = new[] { 1, 2 } }, seeds = new[] { 1 } });
        var other = SweepDefinition.Of(new { space = new { rank = new[] { 2, 1 } }, seeds = new[] { 1 } });

        Assert.That(turned.Fingerprint, Is.EqualTo(s_definition.Fingerprint));
        Assert.That(other.Fingerprint, Is.Not.EqualTo(s_definition.Fingerprint));
    }

    [Test]
    public void A_folder_of_another_sweep_is_refused_with_the_differences_and_one_of_this_sweep_without_resume()
    {
        Begin();
        var other = SweepDefinition.Of(new { seeds = new[] { 1, 2 }, space = new { rank = new[] { 1, 2 } } });

        Assert.Multiple(() =>
        {
            Assert.That(() => SweepFolder.Open(_folder.Path, other, resume: true), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("seeds: was [1], now [1,2]"));
            Assert.That(() => SweepFolder.Open(_folder.Path, s_definition, resume: false), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("--resume"));
        });
    }

    [Test]
    public void A_sweep_that_never_began_a_trial_may_be_replaced()
    {
        SweepFolder.Open(_folder.Path, s_definition, resume: false).Dispose();

        Assert.That(() => SweepFolder.Open(_folder.Path, SweepDefinition.Of(new { }), resume: false).Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_sweep_whose_files_have_changed_is_refused_with_their_names_and_a_record_without_files_says_nothing()
    {
        var begun = s_definition.WithFiles([new("a.nii", 3, "aa"), new("b.nii", 3, "bb")]);
        SweepFolder.Open(_folder.Path, begun, resume: false).Dispose();
        Directory.CreateDirectory(SweepFolder.TrialFolderOf(_folder.Path, 0));

        Assert.Multiple(() =>
        {
            Assert.That(() => SweepFolder.Check(_folder.Path, s_definition.WithFiles([new("b.nii", 3, "b2"), new("c.nii", 1, "cc")]), resume: true),
                Throws.InstanceOf<SweepFolderException>().With.Message.Contains("a.nii is gone").And.Message.Contains("b.nii has changed").And.Message.Contains("c.nii is new"));
            Assert.That(() => SweepFolder.Check(_folder.Path, begun, resume: true), Throws.Nothing);
            Assert.That(() => SweepFolder.Check(_folder.Path, s_definition, resume: true), Throws.Nothing);
            Assert.That(begun.Fingerprint, Is.EqualTo(s_definition.Fingerprint));
        });
    }

    [Test]
    public void Two_sweeps_in_one_folder_at_a_time_are_refused()
    {
        using var first = SweepFolder.Open(_folder.Path, s_definition, resume: false);

        Assert.That(() => SweepFolder.Open(_folder.Path, s_definition, resume: true), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("another process"));
    }

    [Test]
    public void A_damaged_definition_is_told()
    {
        Begin();
        File.WriteAllText(_folder.File("sweep.json"), "{ \"def");

        Assert.That(() => SweepFolder.Open(_folder.Path, s_definition, resume: true), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("sweep.json").And.Message.Contains("damaged"));
    }

    [Test]
    public void A_result_is_read_as_it_was_written()
    {
        var result = FakeTrials.Of(Settings(until: null)) with { HalvedBatch = true };
        TrialResultFile.Write(_folder.Path, result);

        var read = TrialResultFile.Read(_folder.Path)!;

        Assert.That(JsonSerializer.Serialize(read, SweepJson.File), Is.EqualTo(JsonSerializer.Serialize(result, SweepJson.File)));
        Assert.That(read.Folder, Is.EqualTo(_folder.Path));
        Assert.That(read.Curve, Has.Count.EqualTo(FakeTrials.Epochs));
        Assert.That(read.Scores!.PerClass.Single(), Is.EqualTo(new ClassScores("liver", 0.9, 2.5)));
        Assert.That(read.HalvedBatch, Is.True);
    }

    [Test]
    public void A_damaged_result_is_told()
    {
        File.WriteAllText(_folder.File("result.json"), "{ \"trialId\": 1 }");

        Assert.That(() => TrialResultFile.Read(_folder.Path), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("result.json"));
    }

    [Test]
    public void A_trial_that_went_further_is_known_for_fewer_epochs_too_and_not_for_more()
    {
        using var folder = SweepFolder.Open(_folder.Path, s_definition, resume: false);
        TrialResultFile.Write(SweepFolder.TrialFolderOf(_folder.Path, 7), FakeTrials.Of(Settings(until: 4)));

        var earlier = folder.Find(Settings(until: 2))!;

        Assert.Multiple(() =>
        {
            Assert.That(earlier.Metric, Is.EqualTo(FakeTrials.Of(Settings(until: 2)).Metric));
            Assert.That(earlier.Curve, Has.Count.EqualTo(2));
            Assert.That(earlier.BestEpoch, Is.EqualTo(2));
            Assert.That(folder.Find(Settings(until: null)), Is.Null);
            Assert.That(folder.Find(Settings(until: 5)), Is.Null);
            Assert.That(folder.Find(Settings(until: 4) with { TrialId = 8 }), Is.Null);
        });
    }

    [Test]
    public void The_trial_of_another_point_is_refused()
    {
        using var folder = SweepFolder.Open(_folder.Path, s_definition, resume: false);
        TrialResultFile.Write(SweepFolder.TrialFolderOf(_folder.Path, 7), FakeTrials.Of(Settings(until: null)));

        Assert.That(() => folder.Find(Settings(until: null) with { Parameter = FakeTrials.Rank(9) }), Throws.InstanceOf<SweepFolderException>().With.Message.Contains("rank=3").And.Message.Contains("rank=9"));
    }

    [Test]
    public async Task The_table_has_a_row_per_trial_and_quotes_what_needs_it()
    {
        using var runner = new FakeRunner((settings, _) => settings.TrialId == 1 ? throw new TrialFailedException("rank, \"2\"") : Task.FromResult(FakeTrials.Of(settings)));
        using (var folder = SweepFolder.Open(_folder.Path, s_definition, resume: false))
        {
            await new SweepEngine(new ListTuner(2), runner, new() { Seeds = [5], Record = folder }).RunAsync();
        }

        Assert.That(File.ReadAllLines(_folder.File("trials.csv")), Is.EqualTo(new[]
        {
            "trial,candidate,rank,seed,state,epochs,until_epoch,validation_dice,best_epoch,dice,hd95_mm,trainable_parameters,seconds,halved_batch,error",
            "0,0,1,5,done,5,,0.24,5,0.13999999999999999,4.5,100,0.5,false,",
            "1,1,2,5,failed,,,,,,,,,,\"rank, \"\"2\"\"\"",
        }));
    }

    [Test]
    public void The_interval_of_a_point_over_its_seeds_is_students()
    {
        TrialRecord[] trials = [.. new long[] { 1, 2, 3 }.Select((seed, index) => new TrialRecord
        {
            Settings = Settings(until: null) with { TrialId = index, Seed = seed }, Candidate = 0, State = TrialState.Done,
            Result = FakeTrials.Of(Settings(until: null)) with { Metric = 0.7 + (0.1 * index) },
        })];

        var dice = SweepSummary.Of(trials).Candidates.Single().ValidationDice;

        // t for two degrees of freedom is 4.302653, the deviation is 0.1.
        Assert.Multiple(() =>
        {
            Assert.That(dice.Mean, Is.EqualTo(0.8).Within(1e-12));
            Assert.That(dice.Std, Is.EqualTo(0.1).Within(1e-12));
            Assert.That(dice.CiHigh - dice.Mean, Is.EqualTo(4.302653 * 0.1 / Math.Sqrt(3)).Within(1e-6));
        });
    }

    private static TrialSettings Settings(int? until) => new() { TrialId = 7, Parameter = FakeTrials.Rank(3), Seed = 1, UntilEpoch = until };

    private void Begin()
    {
        SweepFolder.Open(_folder.Path, s_definition, resume: false).Dispose();
        Directory.CreateDirectory(SweepFolder.TrialFolderOf(_folder.Path, 0));
    }
}
