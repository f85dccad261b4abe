using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>What a run folder is protected from.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunFolderGuardTests : IDisposable
{
    private readonly TempFolder _folder = new TempFolder().Write();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Another_table_of_the_same_class_names_is_another_run()
    {
        var options = _folder.Run("run") with { Training = TinyRun.Options with { Epochs = 2 } };
        options.Execute(stop: progress => progress.Step == 2);
        File.WriteAllText(_folder.File("swapped.json"),
            """{ "name": "swapped", "classes": [ { "id": 1, "name": "disc", "from": [2] }, { "id": 2, "name": "bar", "from": [1] } ] }""");

        Assert.That(() => (options with { Resume = true, Labels = LabelTable.Load(_folder.File("swapped.json")) }).Execute(),
            Throws.TypeOf<RunFolderException>().With.Message.Contains("labels"));
    }

    [Test]
    public void Two_runs_into_one_folder_do_not_mix()
    {
        var options = _folder.Run("run");
        Exception? second = null;
        options.Execute(stop: progress =>
        {
            second ??= Assert.Throws<RunFolderException>(() => options.Execute());
            return true;
        });

        Assert.That(second?.Message, Does.Contain("another process"));
        Assert.That(() => (options with { Resume = true }).Execute(), Throws.Nothing);
    }

    [Test]
    public void A_run_that_fails_on_its_data_leaves_nothing()
    {
        File.WriteAllText(_folder.File("small.json"), """{ "name": "small", "classes": [ { "id": 1, "name": "disc" } ] }""");
        var options = _folder.Run("run") with { Labels = LabelTable.Load(_folder.File("small.json")) };

        Assert.That(() => options.Execute(), Throws.TypeOf<LabelTableException>());
        Assert.That(Directory.Exists(_folder.File("run")), Is.False);
    }

    [Test]
    public void What_a_killed_process_was_writing_is_cleared_away()
    {
        Directory.CreateDirectory(_folder.File("run"));
        File.WriteAllText(_folder.File("run/.resume.safetensors.0123.part"), "half");

        _folder.Run("run").Execute();

        Assert.That(Directory.EnumerateFiles(_folder.File("run"), ".*"), Is.Empty);
    }

    [Test]
    public void A_file_is_no_folder_for_a_run()
    {
        File.WriteAllText(_folder.File("run"), "");

        Assert.That(() => _folder.Run("run").Execute(), Throws.TypeOf<RunFolderException>().With.Message.Contains("is a file"));
    }

    [Test]
    public void An_unknown_validation_case_is_named_beside_the_real_ones() =>
        Assert.That(() => (_folder.Run("run") with { ValidationCases = ["nope"] }).Execute(),
            Throws.TypeOf<DataFolderException>().With.Message.Contains("nope").And.Message.Contains("case0"));

    [TestCase(null, null, false)]
    [TestCase(-50f, 150f, false)]
    [TestCase(-50f, 150f, true)]
    public void The_file_remembers_its_window_and_what_it_applies_to(float? min, float? max, bool arrays)
    {
        var options = _folder.Run("run") with
        {
            Training = TinyRun.Options with { Epochs = 1 },
            Preprocessing = TinyRun.Preprocessing with { WindowMin = min, WindowMax = max, WindowArrays = arrays },
        };
        var run = options.Execute();
        using var model = SegmentationModel.Load(new() { LoraFile = run.BestPath, Device = "cpu" });

        Assert.That(model.Preprocessing(normalized: false), Is.EqualTo(options.Preprocessing));
        Assert.That(model.Preprocessing(normalized: true), Is.EqualTo(options.Preprocessing.ForFile(hasGeometry: false)));
    }
}
