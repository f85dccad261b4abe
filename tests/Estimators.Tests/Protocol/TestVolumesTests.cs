using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

public class TestVolumesTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void A_list_gives_cases_and_their_order_with_or_without_endings()
    {
        Touch("case0001.npy.h5", "case0002.h5", "case0003.npz", "case0004.npy.h5");
        File.WriteAllText(_folder.File("list.txt"), "case0003\ncase0001.npy.h5\r\n\n case0002 \n");

        var found = TestVolumes.Find(_folder.Path, _folder.File("list.txt"));

        Assert.That(found.Select(file => Path.GetFileName(file.ImagePath)), Is.EqualTo(new[] { "case0003.npz", "case0001.npy.h5", "case0002.h5" }));
        Assert.That(found.Select(file => file.Name), Is.EqualTo(new[] { "case0003", "case0001", "case0002" }));
        Assert.That(found.Select(file => file.LabelPath), Is.EqualTo(found.Select(file => file.ImagePath)));
    }

    [Test]
    public void A_preprocessed_data_set_is_found_with_its_own_list()
    {
        Touch("test_vol_h5/b.npy.h5", "test_vol_h5/a.npy.h5", "train_npz/c_slice000.npz");
        Assert.That(Names(), Is.EqualTo(new[] { "a", "b" }));

        Touch("lists/test_vol.txt");
        File.WriteAllLines(_folder.File("lists/test_vol.txt"), ["b", "a"]);
        Assert.That(Names(), Is.EqualTo(new[] { "b", "a" }));
    }

    [Test]
    public void Pairs_are_found_and_chosen_by_name()
    {
        Touch("images/p1.nii.gz", "images/p2.nii.gz", "labels/p1.nii.gz", "labels/p2.nii.gz");
        File.WriteAllLines(_folder.File("list.txt"), ["p2"]);

        Assert.That(Names(), Is.EqualTo(new[] { "p1", "p2" }));
        Assert.That(TestVolumes.Find(_folder.Path, _folder.File("list.txt")).Single().LabelPath, Does.EndWith("p2.nii.gz").And.Contain("labels"));
    }

    [Test]
    public void NnUNets_test_cases_come_before_its_training_cases()
    {
        Touch("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz", "imagesTs/b_0000.nii.gz", "labelsTs/b.nii.gz");

        Assert.That(Names(), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void A_described_folder_gives_its_test_cases_and_no_others()
    {
        Touch("images/p1.nii.gz", "images/p2.nii.gz", "labels/p1.nii.gz", "labels/p2.nii.gz");
        var description = new DatasetDescription
        {
            Path = _folder.File(DatasetDescription.FileName), Layout = DatasetDescription.PairsLayout, Labels = LabelTable.Synapse, Split = new() { Training = ["p1"], Test = ["p2"] },
            Cases = [.. new[] { "p1", "p2" }.Select(name => new DatasetCase { Name = name, Image = $"images/{name}.nii.gz", Label = $"labels/{name}.nii.gz" })],
        };
        description.Write();
        File.WriteAllLines(_folder.File("list.txt"), ["p1"]);

        Assert.That(Names(), Is.EqualTo(new[] { "p2" }));
        Assert.That(TestVolumes.Find(description.Path).Single().Name, Is.EqualTo("p2"));
        Assert.That(() => TestVolumes.Find(_folder.File("images/p1.nii.gz")), Throws.InstanceOf<Exception>().With.Message.Contains("p1.nii.gz"));
        Assert.That(TestVolumes.Find(_folder.Path, _folder.File("list.txt")).Single().Name, Is.EqualTo("p1"));
        (description with { Split = new() { Training = ["p1", "p2"] } }).Write(overwrite: true);
        Assert.That(() => Names().ToArray(), Throws.InstanceOf<DataFolderException>().With.Message.Contains("--list"));
        (description with { Split = null }).Write(overwrite: true);
        Assert.That(Names(), Is.EqualTo(new[] { "p1", "p2" }));
    }

    [Test]
    public void What_is_wrong_is_said_with_its_names()
    {
        Touch("case0001.npy.h5");
        File.WriteAllLines(_folder.File("missing.txt"), ["case0001", "case0009", "case0010"]);
        File.WriteAllLines(_folder.File("twice.txt"), ["case0001", "case0001.npy.h5"]);
        File.WriteAllText(_folder.File("empty.txt"), "\n");

        Assert.That(() => TestVolumes.Find(_folder.Path, _folder.File("missing.txt")), Throws.InstanceOf<DataFolderException>().With.Message.Contains("2 of 3").And.Message.Contains("case0009, case0010"));
        Assert.That(() => TestVolumes.Find(_folder.Path, _folder.File("twice.txt")), Throws.InstanceOf<DataFolderException>().With.Message.Contains("case0001 is named more than once"));
        Assert.That(() => TestVolumes.Find(_folder.Path, _folder.File("empty.txt")), Throws.InstanceOf<DataFolderException>().With.Message.Contains("no case"));
        Assert.That(() => TestVolumes.Find(_folder.Path, _folder.File("none.txt")), Throws.InstanceOf<DataFolderException>().With.Message.Contains("none.txt"));
        Assert.That(() => TestVolumes.Find(_folder.File("nowhere")), Throws.InstanceOf<DirectoryNotFoundException>());
        Directory.CreateDirectory(_folder.File("bare"));
        Assert.That(() => TestVolumes.Find(_folder.File("bare")), Throws.InstanceOf<DataFolderException>().With.Message.Contains("test_vol_h5"));
    }

    [Test]
    public void Options_name_every_fault_at_once()
    {
        var file = new LabelledFile("a", "a.h5", "a.h5");
        var options = new TestProtocolOptions { Model = new() { LoraFile = "l" }, Cases = [file, file, file with { Name = "../b" }], Output = " ", PaperGeometry = true, Prediction = new() { BatchSize = 0 } };

        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains("a are there more than once").And.Message.Contains("../b").And.Message.Contains("Output")
            .And.Message.Contains("SaveNifti").And.Message.Contains("BatchSize"));
        Assert.That(() => (options with { Cases = [] }).Validate(), Throws.ArgumentException.With.Message.Contains("no case"));
    }

    private IEnumerable<string> Names() => TestVolumes.Find(_folder.Path).Select(file => file.Name);

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            File.WriteAllText(_folder.File(name), "");
        }
    }
}
