using NUnit.Framework;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.TestKit;

namespace SAMed.MLNet.Estimators.Tests.Data.Preparation;

internal sealed class DataPreparationTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TempFolder();
        foreach (var (name, depth) in new[] { ("a", 3), ("b", 2), ("c", 1) })
        {
            WriteCase(name, depth);
        }
    }

    [TearDown]
    public void TearDown() => _folder.Dispose();

    private DataPreparationOptions Options => new() { Images = _folder.File("images"), Labels = _folder.File("labels"), Output = _folder.File("out"), TestCases = ["b"] };

    [Test]
    public void Finished_cases_are_kept_and_their_files_untouched()
    {
        DataPreparation.Execute(Options);
        var before = WriteTimes();

        var again = DataPreparation.Execute(Options);

        Assert.Multiple(() =>
        {
            Assert.That(again.KeptCases, Is.EqualTo(3));
            Assert.That(WriteTimes(), Is.EqualTo(before));
        });
    }

    [TestCase("train_npz/a_slice001.npz")]
    [TestCase("test_vol_h5/b.npy.h5")]
    public void A_finished_file_that_is_no_longer_whole_is_written_again(string name)
    {
        DataPreparation.Execute(Options);
        var path = _folder.File("out/" + name);
        var whole = File.ReadAllBytes(path);
        var damaged = (byte[])whole.Clone();
        damaged[^20] ^= 1;
        File.WriteAllBytes(path, damaged);

        var again = DataPreparation.Execute(Options);

        Assert.Multiple(() =>
        {
            Assert.That(again.KeptCases, Is.EqualTo(2));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(whole));
        });
    }

    [Test]
    public void An_interrupted_preparation_leaves_only_whole_files_and_goes_on_to_the_same_result()
    {
        using var stop = new CancellationTokenSource();
        var afterOne = new Callback(_ => stop.Cancel());
        Assert.That(() => DataPreparation.Execute(Options with { Workers = 1 }, afterOne, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        // What a killed process leaves besides: half a file, and half a line.
        File.WriteAllText(_folder.File("out/train_npz/.c_slice000.npz.123.part"), "half");
        File.AppendAllText(_folder.File("out/prepared.jsonl"), "{\"case\":\"c\",\"outp");

        var resumed = DataPreparation.Execute(Options);
        var fresh = DataPreparation.Execute(Options with { Output = _folder.File("fresh") });

        Assert.Multiple(() =>
        {
            Assert.That(resumed.KeptCases, Is.EqualTo(1));
            Assert.That(resumed.Cases.SelectMany(item => item.Outputs), Is.EqualTo(fresh.Cases.SelectMany(item => item.Outputs)));
            Assert.That(Directory.GetFiles(_folder.File("out"), "*.part", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [Test]
    public void A_source_that_changed_is_prepared_again_and_what_it_no_longer_has_goes()
    {
        DataPreparation.Execute(Options);
        WriteCase("a", depth: 2);

        var again = DataPreparation.Execute(Options);

        Assert.Multiple(() =>
        {
            Assert.That(again.KeptCases, Is.EqualTo(2));
            Assert.That(Directory.GetFiles(_folder.File("out/train_npz")).Select(path => Path.GetFileName(path)).Order(), Is.EqualTo(new[] { "a_slice000.npz", "a_slice001.npz", "c_slice000.npz" }));
        });
    }

    [Test]
    public void Other_options_are_refused_by_name_unless_the_old_is_replaced()
    {
        DataPreparation.Execute(Options);
        var other = Options with { WindowMin = -100, TestCases = ["a"] };

        Assert.That(() => DataPreparation.Execute(other), Throws.TypeOf<DataPreparationException>()
            .With.Message.Contains("window: was [-125,275], now [-100,275]").And.Message.Contains("testCases"));
        var result = DataPreparation.Execute(other with { Overwrite = true });

        Assert.Multiple(() =>
        {
            Assert.That(result.KeptCases, Is.Zero);
            Assert.That(Directory.GetFiles(_folder.File("out/train_npz")).Select(path => Path.GetFileName(path)).Order(), Is.EqualTo(new[] { "b_slice000.npz", "b_slice001.npz", "c_slice000.npz" }));
            Assert.That(Directory.GetFiles(_folder.File("out/test_vol_h5")).Select(path => Path.GetFileName(path)), Is.EqualTo(new[] { "a.npy.h5" }));
        });
    }

    [Test]
    public void A_case_that_left_the_data_is_told()
    {
        DataPreparation.Execute(Options);
        File.Delete(_folder.File("images/c.nii.gz"));
        File.Delete(_folder.File("labels/c.nii.gz"));

        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("cases that are not in the data: c"));
    }

    [Test]
    public void One_damaged_case_is_told_and_costs_the_others_nothing()
    {
        File.WriteAllText(_folder.File("images/a.nii.gz"), "no volume");

        var fault = Assert.Throws<DataPreparationException>(() => DataPreparation.Execute(Options))!;

        Assert.Multiple(() =>
        {
            Assert.That(fault.Faults, Has.Count.EqualTo(2).And.Some.Contains("a.nii.gz"));
            Assert.That(File.Exists(_folder.File("out/train_npz/c_slice000.npz")), Is.True);
            Assert.That(File.Exists(_folder.File("out/lists/train.txt")), Is.False);
        });
        WriteCase("a", depth: 3);
        Assert.That(DataPreparation.Execute(Options).KeptCases, Is.EqualTo(2));
    }

    [Test]
    public void Training_volumes_hold_the_same_values_as_training_slices()
    {
        var slices = DataPreparation.Execute(Options with { Size = 5 });

        var volumes = DataPreparation.Execute(Options with { Size = 5, Output = _folder.File("volumes"), Format = PreparedFormat.Volumes });

        var volume = VolumeFile.ReadImage(Path.Combine(volumes.TrainingFolder, "a.npy.h5"));
        using var slice = NpzFile.Open(Path.Combine(slices.TrainingFolder, "a_slice002.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(volumes.TrainingFolder), Is.EqualTo("train_vol_h5_5"));
            Assert.That(slice["image"].Shape, Is.EqualTo(new[] { 5, 5 }));
            Assert.That(volume.Slice(2).ToArray(), Is.EqualTo(slice["image"].As<float>()));
        });
    }

    [Test]
    public void Prepared_slices_are_resized_to_the_same_as_volumes_at_once()
    {
        var large = DataPreparation.Execute(Options);
        var atOnce = DataPreparation.Execute(Options with { Size = 5, Output = _folder.File("once") });

        var later = DataPreparation.Execute(new() { Data = large.TrainingFolder, Output = _folder.File("later"), Size = 5 });

        Assert.That(later.Cases.SelectMany(item => item.Outputs), Is.EqualTo(atOnce.Cases.Where(item => !item.IsTest).SelectMany(item => item.Outputs)));
    }

    [Test]
    public void Two_processes_cannot_prepare_into_one_folder()
    {
        Directory.CreateDirectory(_folder.File("out"));
        using var held = new FileStream(_folder.File("out/prepared.jsonl"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("another process"));
    }

    [Test]
    public void Files_without_a_partner_and_test_cases_that_are_not_there_are_all_listed()
    {
        File.Delete(_folder.File("labels/a.nii.gz"));
        File.Delete(_folder.File("images/c.nii.gz"));
        Assert.That(() => DataPreparation.Execute(Options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("a.nii.gz has no label map named a").And.Message.Contains("c.nii.gz has no image named c"));

        WriteCase("a", depth: 1);
        WriteCase("c", depth: 1);
        Assert.That(() => DataPreparation.Execute(Options with { TestCases = ["b", "x", "y"] }), Throws.TypeOf<DataPreparationException>().With.Message.Contains("no case x, y"));
    }

    [Test]
    public void Names_by_number_pair_img0007_with_label0007_and_refuse_what_has_no_number()
    {
        var options = Options with { Images = _folder.File("img"), Labels = _folder.File("label"), TestCases = ["case0007"], CaseNames = CaseNaming.Number };
        WriteVolumes("img/img0007", "label/label0007", depth: 1);
        Assert.That(DataPreparation.Execute(options).Cases.Select(item => (item.Case, item.IsTest)), Is.EqualTo(new[] { ("case0007", true) }));

        WriteVolumes("img/scan", "label/scan", depth: 1);
        Assert.That(() => DataPreparation.Execute(options), Throws.TypeOf<DataPreparationException>().With.Message.Contains("scan.nii.gz has no number"));
    }

    [Test]
    public void A_window_leaves_arrays_alone_unless_told()
    {
        Directory.CreateDirectory(_folder.File("npz"));
        NpzFile.Write(_folder.File("npz/p_slice000.npz"), [new("image", NpyArray.Create(new[] { 0.25f, 1f }, 1, 2)), new("label", NpyArray.Create(new[] { 0f, 7f }, 1, 2))]);
        var options = new DataPreparationOptions { Data = _folder.File("npz"), Output = _folder.File("out"), WindowMin = 0, WindowMax = 2 };

        Assert.Multiple(() =>
        {
            Assert.That(Image(DataPreparation.Execute(options)), Is.EqualTo(new[] { 0.25f, 1f }));
            Assert.That(Image(DataPreparation.Execute(options with { WindowArrays = true, Overwrite = true })), Is.EqualTo(new[] { 0.125f, 0.5f }));
        });

        static float[] Image(DataPreparationResult result)
        {
            using var file = NpzFile.Open(Path.Combine(result.TrainingFolder, "p_slice000.npz"));
            return file["image"].As<float>();
        }
    }

    [Test]
    public void Options_report_every_fault_at_once() =>
        Assert.That(() => new DataPreparationOptions { Output = "x", Images = "i", WindowMin = 5, WindowMax = 5, Size = 0, Workers = -1 }.Validate(),
            Throws.ArgumentException.With.Message.Contains("Images and Labels go together").And.Message.Contains("window").And.Message.Contains("Size").And.Message.Contains("Workers"));

    private Dictionary<string, DateTime> WriteTimes() => Directory.GetFiles(_folder.File("out"), "*.*", SearchOption.AllDirectories)
        .Where(path => path.EndsWith(".npz", StringComparison.Ordinal) || path.EndsWith(".h5", StringComparison.Ordinal)).ToDictionary(path => path, File.GetLastWriteTimeUtc);

    private void WriteCase(string name, int depth) => WriteVolumes($"images/{name}", $"labels/{name}", depth);

    private void WriteVolumes(string imageName, string labelName, int depth)
    {
        var grid = Geometry.Unplaced(depth, height: 8, width: 6);
        var voxels = Enumerable.Range(0, grid.VoxelCount).Select(n => (float)((n * 37 % 600) - 200)).ToArray();
        VolumeFile.Write(_folder.File(imageName + ".nii.gz"), new Volume<float>(grid, voxels));
        VolumeFile.Write(_folder.File(labelName + ".nii.gz"), new LabelVolume(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(n => (ushort)(n / 5 % 3))]));
    }

    private sealed class Callback(Action<PreparationProgress> report) : IProgress<PreparationProgress>
    {
        public void Report(PreparationProgress value) => report(value);
    }
}
