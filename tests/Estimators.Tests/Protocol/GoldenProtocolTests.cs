using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

/// <summary>The whole test protocol against the reference's run of test.py.</summary>
[Category("Golden")]
public partial class GoldenProtocolTests
{
    private const double DiceTolerance = 2e-3;
    private GoldenPipeline _golden = null!;
    private TempFolder _folder = null!;
    private RecordingObserver _told = null!;

    [SetUp]
    public void SetUp()
    {
        _golden = GoldenPipeline.Open();
        (_folder, _told) = (new TempFolder(), new RecordingObserver());
    }

    [TearDown]
    public void TearDown()
    {
        _folder?.Dispose();
        _golden?.Dispose();
    }

    [Test]
    public void The_log_has_the_references_lines_and_figures()
    {
        var result = Run();

        var expected = File.ReadAllLines(_golden.Log);
        var logged = File.ReadAllLines(result.LogFile).Select(line => Stamp().Replace(line, "", 1)).ToArray();
        Assert.That(logged, Is.EqualTo(_told.Lines));
        Assert.That(logged.Skip(1).Select(Words), Is.EqualTo(expected.Select(Words)));
        Assert.That(logged.Skip(1).SelectMany(DiceOf), Is.EqualTo(expected.SelectMany(DiceOf)).Within(DiceTolerance));
        Assert.That(logged.Skip(1).SelectMany(Hd95Of), Is.EqualTo(expected.SelectMany(Hd95Of)).Within(1e-5));
    }

    [Test]
    public void The_scores_are_the_references_organ_by_organ_and_both_rules_are_kept()
    {
        var result = Run();

        foreach (var found in result.Metrics.Paper.Cases.AtLeastOne())
        {
            Assert.That(found.Organs.Select(organ => organ.Dice), Is.EqualTo(_golden.Metrics(found.Case).Where((_, i) => i % 2 == 0)).Within(DiceTolerance), found.Case);
        }
        foreach (var (paper, strict) in result.Metrics.Paper.Cases.SelectMany(one => one.Organs).Zip(result.Metrics.Strict.Cases.SelectMany(one => one.Organs)))
        {
            var expected = paper switch
            {
                { IsInvented: true } => (1.0, 0.0),
                { IsMissed: true } => (0.0, 0.0),
                { ReferenceVoxels: 0, PredictedVoxels: 0 } => (0.0, (double?)null),
                _ => (paper.Dice, strict.Dice),
            };
            Assert.That((paper.Dice, strict.Dice), Is.EqualTo(expected), $"{paper.Name}: {paper.ReferenceVoxels} voxels, {paper.PredictedVoxels} predicted");
        }
    }

    [Test]
    public void Scores_are_written_with_both_rules_side_by_side()
    {
        var result = Run();

        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("out/scores.json")));
        Assert.That(json.RootElement.GetProperty("paper").GetProperty("mean").GetProperty("dice").GetDouble(), Is.EqualTo(result.Metrics.Paper.MeanDice));
        Assert.That(json.RootElement.GetProperty("strict").GetProperty("mean").GetProperty("hd95").GetDouble(), Is.EqualTo(result.Metrics.Strict.MeanHd95));
        Assert.That(json.RootElement.GetProperty("paper").GetProperty("spacing").GetString(), Is.EqualTo("voxel"));
        var csv = File.ReadAllLines(_folder.File("out/scores.csv"));
        Assert.That(csv, Has.Length.EqualTo(1 + (_golden.Cases.Count * _golden.ClassCount)));
        Assert.That(csv.Select(line => line.Split(',').Length), Is.All.EqualTo(12));
        var markdown = File.ReadAllText(_folder.File("out/scores.md"));
        Assert.That(markdown, Does.Contain("Dice, paper").And.Contain("Dice, strict").And.Contain("| spleen |").And.Contain("| mean |"));
    }

    [Test]
    public void Progress_counts_every_slice_of_every_case_in_the_lists_order()
    {
        _ = Run();

        Assert.That(_told.Progress.Select(step => step.Name).Distinct(), Is.EqualTo(_golden.Cases));
        Assert.That(_told.Progress.Select(step => step.Done), Is.Ordered);
        Assert.That(_told.Progress[^1], Is.EqualTo(new TestProgress(_golden.Cases.Count - 1, _golden.Cases.Count, _golden.Cases[^1], _told.Progress[^1].Slices, _told.Progress[^1].Slices)));
    }

    [Test]
    public void Saved_volumes_with_the_papers_geometry_are_the_references()
    {
        var result = Run(options => options with { SaveNifti = true, PaperGeometry = true });

        foreach (var name in _golden.Cases)
        {
            var prediction = VolumeFile.Identify(Saved(name, "pred"));
            Assert.That((prediction.StoredType, prediction.Geometry.Affine), Is.EqualTo(("float32", Affine.Diagonal(-1, -1, 1))), "SimpleITK's identity, in NIfTI's axes");
            Assert.That(_golden.UnexplainedVoxels(name, VolumeFile.ReadLabels(Saved(name, "pred"))), Is.Zero);
            Assert.That(VolumeFile.ReadImage(Saved(name, "img")).Voxels, Is.EqualTo(VolumeFile.ReadImage(_golden.Volume(name)).Voxels));
            Assert.That(VolumeFile.ReadLabels(Saved(name, "gt")).Voxels, Is.EqualTo(VolumeFile.ReadLabels(_golden.Volume(name)).Voxels));
        }

        string Saved(string name, string what) => Path.Combine(result.Predictions!, $"{name}_{what}.nii.gz");
    }

    [Test]
    public void NIfTI_files_in_HU_give_the_same_scores_on_their_own_geometry()
    {
        foreach (var name in _golden.Cases)
        {
            Directory.CreateDirectory(_folder.File("raw/images"));
            Directory.CreateDirectory(_folder.File("raw/labels"));
            File.Copy(_golden.RawImage(name), _folder.File($"raw/images/{name}.nii.gz"));
            File.Copy(_golden.RawImage(name).Replace("img", "label", StringComparison.Ordinal), _folder.File($"raw/labels/{name}.nii.gz"));
        }

        var arrays = Run();
        var volumes = Run(options => options with { Cases = TestVolumes.Find(_folder.File("raw"), _golden.List), Labels = LabelTable.Btcv, SaveNifti = true, Output = _folder.File("nifti") });

        Assert.That(volumes.Metrics.Paper.ToJson(), Is.EqualTo(arrays.Metrics.Paper.ToJson()));
        foreach (var name in _golden.Cases)
        {
            var saved = VolumeFile.Identify(_folder.File($"nifti/predictions/{name}_pred.nii.gz"));
            Assert.That(saved.Geometry, Is.EqualTo(VolumeFile.Identify(_golden.RawImage(name)).Geometry), name);
            Assert.That(saved.IsLabelMap, name);
            Assert.That(VolumeFile.ReadImage(_folder.File($"nifti/predictions/{name}_img.nii.gz")).Voxels, Is.EqualTo(VolumeFile.ReadImage(_golden.Volume(name)).Voxels), "windowed");
        }
    }

    [Test]
    public void A_single_slice_takes_the_references_2D_way()
    {
        using var slice = NpzFile.Open(_golden.Slice2D);
        NpzFile.Write(_folder.File("slice.npz"), [new("image", slice["image"]), new("label", slice["label"])]);

        var result = Run(options => options with { Cases = [new("slice", _folder.File("slice.npz"), _folder.File("slice.npz"))] });

        Assert.That(result.Metrics.Paper.Cases.Single().Organs.Select(organ => organ.Dice), Is.EqualTo(slice["metrics"].ToDouble().Where((_, i) => i % 2 == 0)).Within(DiceTolerance));
    }

    [Test]
    public void A_run_that_is_stopped_keeps_its_log_and_leaves_no_scores()
    {
        using var stop = new CancellationTokenSource();
        _told = new RecordingObserver { OnLog = line => { if (line.StartsWith("idx 0", StringComparison.Ordinal)) { stop.Cancel(); } } };

        Assert.That(() => TestProtocol.Execute(Options(), _told, stop.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(File.ReadAllLines(_folder.File("out/test_log/log.txt")), Has.Length.EqualTo(4), "the options, the number of cases, the first case, the end");
        Assert.That(_told.Lines[^1], Is.EqualTo($"Stopped after 1 of {_golden.Cases.Count} cases; no scores were written."));
        Assert.That(File.Exists(_folder.File("out/scores.json")), Is.False);
    }

    [Test]
    public void A_damaged_image_in_the_middle_leaves_the_cases_before_it_and_names_them()
    {
        var options = Options() with { SaveNifti = true };
        var sound = options.Cases[0];
        VolumeFile.Write(_folder.File("cut.nii.gz"), VolumeFile.ReadImage(sound.ImagePath));
        var whole = File.ReadAllBytes(_folder.File("cut.nii.gz"));
        File.WriteAllBytes(_folder.File("cut.nii.gz"), whole[..(whole.Length / 2)]);
        options = options with { Cases = [sound, new LabelledFile("cut", _folder.File("cut.nii.gz"), sound.LabelPath)] };

        Assert.That(() => TestProtocol.Execute(options, _told), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("cut.nii.gz"));

        Assert.That(_told.Warnings, Has.Exactly(1).Contains($"done before the test stopped: {sound.Name}; "));
        Assert.That(File.Exists(_folder.File($"out/predictions/{sound.Name}_pred.nii.gz")), Is.True);
    }

    [Test]
    public void A_label_map_that_is_missing_is_told_before_the_first_case_is_segmented()
    {
        var options = Options() with { Cases = [.. Options().Cases, new LabelledFile("gone", _golden.Volume(_golden.Cases[0]), _folder.File("gone.nii.gz"))] };

        Assert.That(() => TestProtocol.Execute(options, _told), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(_told.Lines, Is.Empty);
    }

    [Test]
    public void The_first_line_of_the_log_says_how_the_slices_went_to_the_network()
    {
        _ = Run(options => options with { Model = options.Model with { Precision = Modeling.Precision.Bf16 }, Preprocessing = way => way with { InputSize = null } });

        Assert.That(_told.Lines[0], Does.Contain($"image_size={_golden.ImageSize}, input_size=none, zoom_edge=Paper, orientation=stored, precision=Bf16"));
    }

    [Test]
    public void Another_detour_and_another_unit_are_options()
    {
        var usual = Run();
        var without = Run(options => options with { Preprocessing = way => way with { InputSize = null }, Unit = DistanceUnit.Millimetre, LogPolicy = EmptyMaskPolicy.Strict });

        Assert.That(without.Metrics.Paper.MeanDice, Is.Not.EqualTo(usual.Metrics.Paper.MeanDice));
        Assert.That(File.ReadAllText(without.LogFile), Does.Contain(string.Create(CultureInfo.InvariantCulture, $"mean_dice : {without.Metrics.Strict.MeanDice:F6} ")));
        Assert.That(without.Metrics.Options, Is.EqualTo(new MetricOptions()));
    }

    private TestProtocolResult Run(Func<TestProtocolOptions, TestProtocolOptions>? change = null)
    {
        _told = new RecordingObserver();
        return TestProtocol.Execute(change?.Invoke(Options()) ?? Options(), _told);
    }

    private TestProtocolOptions Options() => new()
    {
        Model = new() { SamFile = _golden.Sam, LoraFile = _golden.Lora, Model = SamOptions.FromJsonFile(_golden.Config), Device = "cpu" },
        Cases = TestVolumes.Find(_golden.TestVolumes, _golden.List),
        Output = _folder.File("out"),
    };

    private static string Words(string line) => Figure().Replace(line, "#");

    private static IEnumerable<double> DiceOf(string line) => FiguresAfter(line, "mean_dice");

    private static IEnumerable<double> Hd95Of(string line) => FiguresAfter(line, "mean_hd95");

    private static IEnumerable<double> FiguresAfter(string line, string name) =>
        Regex.Matches(line, name + @"\s*:?\s*(\d+\.\d{6})").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^\[\d\d:\d\d:\d\d\.\d{3}\] ")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"\d+\.\d{6}")]
    private static partial Regex Figure();
}
