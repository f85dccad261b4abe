using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>What <c>samed preprocess</c> refuses, tells and leaves alone.</summary>
internal sealed class PreprocessGuardTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Slices_are_not_resized_over_themselves()
    {
        WritePair("img/img0005.nii.gz", "label/label0005.nii.gz");
        Assert.That(Synapse("p2").ExitCode, Is.Zero);

        var run = CliRun.Of("preprocess", "--preset", "synapse", "--data", _folder.File("p2/train_npz"), "--size", "2", "--output", _folder.File("p2"), "--overwrite");

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That(run.Error, Does.Contain("the data to prepare lie").And.Contain("--output"));
            Assert.That(Directory.GetFiles(_folder.File("p2/train_npz")), Has.Length.EqualTo(2));
            Assert.That(File.Exists(_folder.File("p2/run.json")), Is.True);
        });
    }

    [Test]
    public void Published_test_cases_that_are_absent_are_named()
    {
        WritePair("img/img1.nii.gz", "label/label1.nii.gz");

        var run = Synapse("out");

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero, run.ToString());
            Assert.That(run.ToString(), Does.Contain("1 of the 12 published test cases").And.Contain("case0035"));
            Assert.That(File.Exists(_folder.File("out/test_vol_h5/case0001.npy.h5")), Is.True);
        });
    }

    [Test]
    public void The_presets_table_is_not_applied_to_classes_that_were_prepared()
    {
        WritePair("img/img0001.nii.gz", "label/label0001.nii.gz");
        Assert.That(Synapse("out").ExitCode, Is.Zero);
        var prepared = _folder.File("out/test_vol_h5");
        string[] command = ["preprocess", "--preset", "synapse", "--images", prepared, "--labels", prepared, "--output", _folder.File("again")];

        var refused = CliRun.Of(command);
        var byData = CliRun.Of("preprocess", "--preset", "synapse", "--data", prepared, "--output", _folder.File("kept"));

        Assert.Multiple(() =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(2));
            Assert.That(refused.Error, Does.Contain("classes already").And.Contain("--data").And.Contain("case0001.npy.h5"));
            Assert.That(Directory.Exists(_folder.File("again")), Is.False);
            Assert.That(byData.ExitCode, Is.Zero, byData.ToString());
            Assert.That(VolumeFile.ReadLabels(_folder.File("kept/test_vol_h5/case0001.npy.h5")).Voxels, Is.EqualTo(VolumeFile.ReadLabels(Path.Combine(prepared, "case0001.npy.h5")).Voxels));
            Assert.That(CliRun.Of([.. command, "--label-table", "btcv"]).ExitCode, Is.Zero, "who says what the ids are is heard");
        });
    }

    [TestCase("q.npy.h5")]
    [TestCase("q.nii.gz")]
    [TestCase("q")]
    public void Test_cases_may_have_the_ending_of_their_file(string name)
    {
        WritePair("img/p.nii.gz", "label/p.nii.gz");
        WritePair("img/q.nii.gz", "label/q.nii.gz");

        var run = CliRun.Of("preprocess", "--images", _folder.File("img"), "--labels", _folder.File("label"), "--output", _folder.File("out"), "--test-cases", name);

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(File.Exists(_folder.File("out/test_vol_h5/q.npy.h5")), Is.True);
    }

    [Test]
    public void Pictures_in_colour_are_told_that_training_reads_them_directly()
    {
        ColourDiscs.Write(_folder.File("data"), 1);

        var run = CliRun.Of("preprocess", "--images", _folder.File("data/images"), "--labels", _folder.File("data/labels"), "--output", _folder.File("out"));

        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That(run.Error, Does.Contain("p0.png").And.Contain("one channel").And.Contain("samed train"));
        });
    }

    [Test]
    public void White_masks_of_described_grey_pictures_become_class_one()
    {
        ColourDiscs.Write(_folder.File("data"), 5, grey: true);
        var init = CliRun.Of("init", _folder.File("data"));
        Assert.That(init.ExitCode, Is.Zero, init.ToString());

        var run = CliRun.Of("preprocess", "--data", _folder.File("data"), "--output", _folder.File("out"));

        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(VolumeFile.ReadLabels(Directory.GetFiles(_folder.File("out/train_npz")).Order().First()).Voxels, Has.Some.EqualTo(1).And.All.LessThanOrEqualTo(1));
    }

    [Test]
    public void The_number_of_workers_does_not_change_the_result()
    {
        foreach (var name in new[] { "p", "q", "r", "s", "t" })
        {
            WritePair($"img/{name}.nii.gz", $"label/{name}.nii.gz", seed: name[0]);
        }
        var runs = new[] { "1", "4" }.Select(workers => CliRun.Of("preprocess", "--images", _folder.File("img"), "--labels", _folder.File("label"), "--output", _folder.File(workers),
            "--test-cases", "r,q", "--size", "3", "--workers", workers)).ToArray();

        Assert.That(runs.Select(run => run.ExitCode), Is.All.Zero, runs[0].ToString() + runs[1]);
        Assert.Multiple(() =>
        {
            Assert.That(Contents("1"), Has.Count.EqualTo(6 + 2 + 3));
            Assert.That(Contents("4"), Is.EqualTo(Contents("1")));
        });
    }

    private CliRun Synapse(string output) =>
        CliRun.Of("preprocess", "--preset", "synapse", "--images", _folder.File("img"), "--labels", _folder.File("label"), "--output", _folder.File(output));

    /// <summary>What training and tests read, not the record of how it came about.</summary>
    private Dictionary<string, string> Contents(string output) => new[] { "train_npz_3", "test_vol_h5", "lists" }.SelectMany(name => Directory.GetFiles(Path.Combine(_folder.File(output), name)))
        .ToDictionary(path => Path.GetRelativePath(_folder.File(output), path), path => Convert.ToHexString(File.ReadAllBytes(path)));

    private void WritePair(string image, string label, int seed = 0)
    {
        var grid = Geometry.Unplaced(depth: 2, height: 4, width: 4);
        VolumeFile.Write(_folder.File(image), new Volume<float>(grid, [.. Enumerable.Range(0, 32).Select(n => (n * 10f) - seed)]));
        VolumeFile.Write(_folder.File(label), new LabelVolume(grid, [.. Enumerable.Range(0, 32).Select(n => (ushort)(n % 9))]));
    }
}
