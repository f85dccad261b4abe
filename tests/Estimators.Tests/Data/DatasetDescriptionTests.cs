using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class DatasetDescriptionTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TempFolder();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            VolumeFile.Write(_folder.File($"scans/{name}.nii.gz"), new Volume<float>(Geometry.Unplaced(2, 4, 4)));
            VolumeFile.Write(_folder.File($"truth/{name}_seg.nii.gz"), new LabelVolume(Geometry.Unplaced(2, 4, 4), [.. Enumerable.Repeat<ushort>(7, 32)]));
        }
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    private DatasetDescription Example => new()
    {
        Path = _folder.File("dataset.json"),
        Layout = DatasetDescription.PairsLayout,
        Cases = [.. new[] { "a", "b", "c", "d" }.Select(name => new DatasetCase
        {
            Name = name, Patient = name is "a" or "b" ? "anna" : name, Image = $"scans/{name}.nii.gz", Label = $"truth/{name}_seg.nii.gz",
        })],
        Labels = LabelTable.Create("livers", [("liver", [7])], [9]),
        WindowMin = -50,
        WindowMax = 200.5f,
        Orientation = "LPS",
        Split = new() { Training = ["a", "b"], Validation = ["c"], Test = ["d"] },
    };

    [Test]
    public void What_is_written_is_read_again()
    {
        Example.Write();

        var read = DatasetDescription.Find(_folder.Path)!;

        Assert.Multiple(() =>
        {
            Assert.That(read.Name, Is.EqualTo("livers"));
            Assert.That(read.Cases, Is.EqualTo(Example.Cases));
            Assert.That(read.Labels.ToJson(), Is.EqualTo(Example.Labels.ToJson()));
            Assert.That((read.WindowMin, read.WindowMax, read.Orientation, read.Channels, read.Layout), Is.EqualTo(((float?)-50, (float?)200.5f, "LPS", 1, "pairs")));
            Assert.That(read.Split!.Training, Is.EqualTo(new[] { "a", "b" }));
            Assert.That(read.Split.Of(DatasetParts.Validation | DatasetParts.Test), Is.EqualTo(new[] { "c", "d" }));
            Assert.That(LabelTable.Load(_folder.File("dataset.json")).ToJson(), Is.EqualTo(Example.Labels.ToJson()));
        });
    }

    [Test]
    public void Other_keys_of_the_file_stay_and_a_description_is_replaced_only_when_told()
    {
        File.WriteAllText(_folder.File("dataset.json"), """{ "channel_names": { "0": "CT" }, "labels": { "background": 0, "Läsion": 1 }, "numTraining": 4, "spacing": 0.10 }""");
        Example.Write();

        Assert.That(() => Example.Write(), Throws.TypeOf<DatasetDescriptionException>().With.Message.Contains("--force"));
        (Example with { Orientation = null }).Write(overwrite: true);

        using var file = JsonDocument.Parse(File.ReadAllText(_folder.File("dataset.json")));
        Assert.That(file.RootElement.EnumerateObject().Select(property => property.Name), Is.EqualTo(new[] { "channel_names", "labels", "numTraining", "spacing", "samed" }));
        Assert.That(file.RootElement.GetProperty("spacing").GetRawText(), Is.EqualTo("0.10"));
        Assert.That(File.ReadAllText(_folder.File("dataset.json")), Does.Contain("Läsion"));
        Assert.That(DatasetDescription.Find(_folder.Path)!.Orientation, Is.Null);
    }

    [Test]
    public void The_file_of_nnU_Net_alone_is_no_description()
    {
        File.WriteAllText(_folder.File("dataset.json"), """{ "labels": { "background": 0, "liver": 1 } }""");

        Assert.That(DatasetDescription.Find(_folder.Path), Is.Null);
        Assert.That(DatasetDescription.Find(_folder.File("scans")), Is.Null);
    }

    [Test]
    public void A_data_folder_holds_what_the_description_says()
    {
        Example.Write();

        var data = DataFolder.Find(_folder.Path);

        Assert.That(data.Cases, Is.EqualTo(new[] { "a", "b", "c", "d" }));
        Assert.That(data.Files[0], Is.EqualTo(new LabelledFile("a", _folder.File("scans/a.nii.gz"), _folder.File("truth/a_seg.nii.gz")) { Patient = "anna" }));
        Assert.That(DataFolder.Find(_folder.File("dataset.json")).Files, Is.EqualTo(data.Files));
    }

    [Test]
    public void Files_that_are_gone_are_listed()
    {
        Example.Write();
        File.Delete(_folder.File("scans/b.nii.gz"));
        File.Delete(_folder.File("truth/d_seg.nii.gz"));

        Assert.That(() => DataFolder.Find(_folder.Path), Throws.TypeOf<DataFolderException>()
            .With.Message.Contains(Path.Combine("scans", "b.nii.gz")).And.Message.Contains(Path.Combine("truth", "d_seg.nii.gz")));
    }

    [Test]
    public void Rows_are_those_that_may_be_learned_from_unless_parts_are_named()
    {
        Example.Write();
        string[] Cases(SliceDataOptions? options) => [.. new MLContext().Data.LoadSlices(_folder.Path, options).GetColumn<string>("Case").Distinct()];

        Assert.That(Cases(null), Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That(Cases(new() { Parts = DatasetParts.Test }), Is.EqualTo(new[] { "d" }));
        Assert.That(Cases(new() { Parts = DatasetParts.All }), Is.EqualTo(new[] { "a", "b", "c", "d" }));
        Assert.That(() => new MLContext().Data.LoadSlices([_folder.File("scans/a.nii.gz")], new SliceDataOptions { Parts = DatasetParts.Test }), Throws.ArgumentException.With.Message.Contains("Parts"));
        File.Delete(_folder.File("dataset.json"));
        Directory.Move(_folder.File("scans"), _folder.File("images"));
        Directory.Move(_folder.File("truth"), _folder.File("labels"));
        Assert.That(() => Cases(new() { Parts = DatasetParts.Test }), Throws.TypeOf<DataFolderException>());
    }

    [Test]
    public void Rows_have_the_classes_of_the_description()
    {
        Example.Write();

        var labels = new MLContext().Data.LoadSlices(_folder.Path).GetColumn<VBuffer<byte>>("Label").First();

        Assert.That(labels.DenseValues(), Is.All.EqualTo(1), "7 in the file is class 1");
    }

    [TestCase("\"version\": 1", "\"version\": 2", "samed.version")]
    [TestCase("\"orientation\"", "\"orientaton\"", "samed.orientaton")]
    [TestCase("\"LPS\"", "\"LPX\"", "samed.orientation")]
    [TestCase("\"pairs\"", "\"pears\"", "samed.layout")]
    [TestCase("\"channels\": 1", "\"channels\": 2", "samed.channels")]
    [TestCase("\"scans/b.nii.gz\"", "5", "samed.cases[1].image")]
    [TestCase("\"name\": \"c\"", "\"name\": \"a\"", "'a' 2 times")]
    [TestCase("\"patient\": \"c\"", "\"patient\": \"anna\"", "patient anna is in train too")]
    [TestCase("\"test\": [\n        \"d\"", "\"test\": [\n        \"e\"", "'e', which is no case")]
    [TestCase("200.5", "-200.5", "samed.window")]
    public void What_is_wrong_in_the_file_is_named(string right, string wrong, string named)
    {
        Example.Write();
        var text = File.ReadAllText(_folder.File("dataset.json"));
        Assert.That(text, Does.Contain(right));
        File.WriteAllText(_folder.File("dataset.json"), text.Replace(right, wrong, StringComparison.Ordinal));

        Assert.That(() => DatasetDescription.Find(_folder.Path), Throws.TypeOf<DatasetDescriptionException>().With.Message.Contains(named).And.Message.Contains(_folder.File("dataset.json")));
    }

    [Test]
    public void Classes_and_text_that_make_no_sense_are_refused_too()
    {
        Example.Write();
        var text = File.ReadAllText(_folder.File("dataset.json"));

        File.WriteAllText(_folder.File("dataset.json"), text.Replace("\"id\": 1", "\"id\": 2", StringComparison.Ordinal));
        Assert.That(() => DatasetDescription.Find(_folder.Path), Throws.TypeOf<LabelTableException>().With.Message.Contains("samed.classes[0].id"));
        File.WriteAllText(_folder.File("dataset.json"), text[..^20]);
        Assert.That(() => DatasetDescription.Find(_folder.Path), Throws.TypeOf<DatasetDescriptionException>().With.Message.Contains("JSON"));
        Assert.That(() => Example.Write(overwrite: true), Throws.TypeOf<DatasetDescriptionException>(), "what cannot be read cannot be kept either");
    }
}
