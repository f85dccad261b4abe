using NUnit.Framework;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Data.Preparation;

/// <summary>What a preparation removes from its output folder, and what it never does.</summary>
internal sealed class PreparedFolderTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        foreach (var name in new[] { "a", "b" })
        {
            var grid = Geometry.Unplaced(depth: 2, height: 4, width: 4);
            VolumeFile.Write(_folder.File($"images/{name}.nii.gz"), new Volume<float>(grid, [.. Enumerable.Range(0, 32).Select(n => n * 5f)]));
            VolumeFile.Write(_folder.File($"labels/{name}.nii.gz"), new LabelVolume(grid, [.. Enumerable.Range(0, 32).Select(n => (ushort)(n % 3))]));
        }
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private DataPreparationOptions Options => new() { Images = _folder.File("images"), Labels = _folder.File("labels"), Output = _folder.File("out"), TestCases = ["b"] };

    [TestCase("train_npz", null)]
    [TestCase("train_npz", 2)]
    [TestCase("test_vol_h5", 2)]
    public void Data_that_lie_among_the_files_to_replace_are_refused_and_stay(string folder, int? size)
    {
        DataPreparation.Execute(Options);
        var before = Files();

        Assert.That(() => DataPreparation.Execute(new() { Data = _folder.File("out/" + folder), Output = _folder.File("out"), Size = size, Overwrite = true }),
            Throws.TypeOf<DataPreparationException>().With.Message.Contains("the data to prepare lie").And.Message.Contains(folder));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [Test]
    public void Data_in_a_linked_output_folder_are_refused_as_well()
    {
        DataPreparation.Execute(Options);
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.File("out"));
        var before = Files();

        Assert.That(() => DataPreparation.Execute(new() { Data = _folder.File("out/train_npz"), Output = _folder.File("link"), Size = 2, Overwrite = true }),
            Throws.TypeOf<DataPreparationException>().With.Message.Contains("the data to prepare lie"));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [Test]
    public void A_list_in_the_folder_of_lists_to_write_is_refused()
    {
        DataPreparation.Execute(Options);

        Assert.That(() => DataPreparation.Execute(new()
        {
            Data = _folder.File("out/train_npz"), ListFile = _folder.File("out/lists/train.txt"), Output = _folder.File("out"), Size = 2, Overwrite = true,
        }), Throws.TypeOf<DataPreparationException>().With.Message.Contains("the data to prepare lie"));
        Assert.That(File.Exists(_folder.File("out/lists/train.txt")), Is.True);
    }

    [Test]
    public void Replaced_files_go_only_when_every_case_is_done()
    {
        DataPreparation.Execute(Options);
        var image = File.ReadAllBytes(_folder.File("images/a.nii.gz"));
        File.WriteAllText(_folder.File("images/a.nii.gz"), "no volume");
        var other = Options with { Size = 2, TestCases = [] };

        Assert.That(() => DataPreparation.Execute(other with { Overwrite = true }), Throws.TypeOf<DataPreparationException>());
        Assert.Multiple(() =>
        {
            Assert.That(Names("train_npz"), Is.EqualTo(new[] { "a_slice000.npz", "a_slice001.npz" }));
            Assert.That(Names("test_vol_h5"), Is.EqualTo(new[] { "b.npy.h5" }));
        });

        File.WriteAllBytes(_folder.File("images/a.nii.gz"), image);
        var result = DataPreparation.Execute(other);

        Assert.Multiple(() =>
        {
            Assert.That(result.KeptCases, Is.EqualTo(1), "b was done before");
            Assert.That(Names("train_npz_2"), Has.Length.EqualTo(4));
            Assert.That(Directory.Exists(_folder.File("out/train_npz")), Is.False);
            Assert.That(Directory.Exists(_folder.File("out/test_vol_h5")), Is.False);
        });
    }

    [Test]
    public void A_run_that_fails_leaves_no_list_and_no_record_of_the_one_before()
    {
        DataPreparation.Execute(Options);
        File.WriteAllText(_folder.File("out/run.json"), "{}");
        File.WriteAllText(_folder.File("images/a.nii.gz"), "no volume");

        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>());

        Assert.Multiple(() =>
        {
            Assert.That(Names("lists"), Is.Empty);
            Assert.That(File.Exists(_folder.File("out/run.json")), Is.False);
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_folder_that_was_deleted_by_hand_is_written_again(bool overwrite)
    {
        DataPreparation.Execute(Options);
        Directory.Delete(_folder.File("out/train_npz"), recursive: true);

        DataPreparation.Execute(Options with { Overwrite = overwrite });
        Assert.That(Names("train_npz"), Has.Length.EqualTo(2));

        Directory.Delete(_folder.File("out/train_npz"), recursive: true);
        DataPreparation.Execute(Options with { Size = 2, Overwrite = true });
        Assert.That(Names("train_npz_2"), Has.Length.EqualTo(2));
    }

    [Test]
    public void An_output_that_is_a_file_is_told_with_a_way_out()
    {
        File.WriteAllText(_folder.File("out"), "mine");

        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("is a file").And.Message.Contains("--output"));
        Assert.That(File.ReadAllText(_folder.File("out")), Is.EqualTo("mine"));
    }

    private string[] Names(string folder) => [.. Directory.GetFiles(_folder.File("out/" + folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private Dictionary<string, byte[]> Files() =>
        Directory.GetFiles(_folder.File("out"), "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);
}
