using System.Text.Json;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>What <c>run.json</c> of a training run says of data and time, and what a resume makes of it.</summary>
public class RunRecordOfTrainingTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void WriteData() => _folder = new TempFolder().Write();

    [TearDown]
    public void RemoveData() => _folder.Dispose();

    [Test]
    public void Every_data_file_is_listed_with_its_hash()
    {
        _ = (_folder.Run("run") with { Training = TinyRun.Options with { Epochs = 1 } }).Execute();

        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        Assert.Multiple(() =>
        {
            Assert.That(json.RootElement.GetProperty("command").GetString(), Is.EqualTo("train"));
            Assert.That(json.RootElement.GetProperty("files").EnumerateArray().Select(file => (file.GetProperty("path").GetString(), file.GetProperty("sha256").GetString())),
                Is.EqualTo(Directory.GetFiles(_folder.File("data")).Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), HashedFile.Of(path).Sha256))));
        });
    }

    [Test]
    public void Each_call_that_trained_has_its_time_device_and_steps()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        _ = (options with { Resume = true }).Execute();

        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        var sessions = json.RootElement.GetProperty("sessions").EnumerateArray().ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(sessions.Select(session => session.GetProperty("steps").GetInt64()), Is.EqualTo(new[] { 2, 3 * TinyData.StepsPerEpoch }));
            Assert.That(sessions.Select(session => session.GetProperty("seconds").GetDouble()), Is.All.GreaterThan(0));
            Assert.That(sessions.Select(session => session.GetProperty("device").GetString()), Is.All.EqualTo("cpu"));
            Assert.That(sessions[1].GetProperty("started").GetDateTimeOffset(), Is.GreaterThan(sessions[0].GetProperty("started").GetDateTimeOffset()));
        });
    }

    [Test]
    public void A_resume_on_files_that_changed_names_them()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        var files = Directory.GetFiles(_folder.File("data")).Order(StringComparer.Ordinal).ToArray();
        File.Copy(files[1], files[0], overwrite: true);

        Assert.That(() => (options with { Resume = true }).Execute(),
            Throws.TypeOf<RunFolderException>().With.Message.Contains($"files: {Path.GetFileName(files[0])} has changed"));
    }

    [Test]
    public void The_LoRA_file_that_training_started_from_is_recorded_and_another_one_is_no_resume()
    {
        var first = _folder.Run("first") with { Training = TinyRun.Options with { Epochs = 1 } };
        _ = first.Execute();
        var lora = _folder.File("first/best.pth");
        var options = _folder.Run("run") with { LoraFile = lora, SamFile = null, Lora = first.Lora };
        _ = options.Execute(progress => progress.Step == 2);

        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("run/run.json")));
        Assert.That(json.RootElement.GetProperty("startFile").GetString(), Is.EqualTo(Path.GetFullPath(lora).Replace('\\', '/')));
        Assert.That(json.RootElement.GetProperty("startSha256").GetString(), Is.EqualTo(HashedFile.Of(lora).Sha256));
        _ = (_folder.Run("second") with { Training = TinyRun.Options with { Epochs = 2 } }).Execute();
        Assert.That(() => (options with { LoraFile = _folder.File("second/best.pth"), Resume = true }).Execute(),
            Throws.TypeOf<RunFolderException>().With.Message.Contains("startSha256"));
    }

    [Test]
    public void A_record_without_files_is_resumed()
    {
        var options = _folder.Run("run");
        _ = options.Execute(progress => progress.Step == 2);
        var path = _folder.File("run/run.json");
        var record = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        record.Remove("files");
        record.Remove("sessions");
        File.WriteAllText(path, record.ToJsonString());

        Assert.That((options with { Resume = true }).Execute().Result.Interrupted, Is.False);
    }
}
