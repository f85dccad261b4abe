using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Postprocessing;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>The way a scanner stores its axes must not matter to the result.</summary>
public class OrientationTests
{
    private TempFolder _folder = null!;
    private SegmentationModel _model = null!;
    private Volume<float> _image = null!;
    private VolumePrediction _expected = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TempFolder().WritePhantoms(2);
        var run = _folder.PhantomOptions("run") with { ValidationFraction = 0, Training = TinyRun.Options with { Epochs = 12, ScheduleEpochs = 12, Augment = false } };
        _model = SegmentationModel.Load(new() { LoraFile = run.Execute().BestPath, Device = "cpu" });
        var phantom = PhantomRun.Image(seed: 7);
        // Oblique, with numbers that no rounding leaves as they are.
        var (sin, cos) = Math.SinCos(0.17);
        var oblique = new Affine(3.6 * cos, -3.6 * sin, 0.01, -101.3, 3.6 * sin, 3.6 * cos, 0.02, 33.7, 0, 0.03, 4.1, 1 / 3.0);
        _image = new Volume<float>(new Geometry(phantom.Geometry.Depth, phantom.Geometry.Height, phantom.Geometry.Width, oblique), phantom.Voxels);
        _expected = PhantomRun.Predict(_model, _image);
        Assert.That(_expected.Labels.CountLabels(), Has.Count.GreaterThan(1), "a prediction of background alone would prove nothing");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _model?.Dispose();
        _folder.Dispose();
    }

    [TestCase("RAS")]
    [TestCase("LPS")]
    [TestCase("PIR")]
    [TestCase("AIL")]
    [TestCase("SRP")]
    [TestCase("ILA")]
    public void Any_axis_order_gives_the_same_labels_on_its_own_grid(string codes)
    {
        var stored = Orientation.Reorient(_image, codes);

        var labels = PhantomRun.Predict(_model, stored).Labels;

        Assert.That(labels.Geometry, Is.EqualTo(stored.Geometry), "to the last bit");
        Assert.That(Orientation.Reorient(labels, "RAS").Voxels, Is.EqualTo(_expected.Labels.Voxels));
    }

    [TestCase("RAS", 4)]
    [TestCase("LPS", 3)]
    [TestCase("RAI", 4)]
    [TestCase("PLI", 3)]
    [TestCase("ARS", 8)]
    public void Slices_of_a_file_are_predicted_as_those_of_the_volume_is(string codes, int batchSize)
    {
        var info = Written(codes);
        var options = _model.Preprocessing(normalized: false);
        var predictor = new VolumePredictor(_model.Network, options, _model.Device, new() { BatchSize = batchSize });
        Assert.That(SlicesOfFile.IsPossible(info, options), Is.True);

        using var slices = new SlicesOfFile(info, options);
        var (labels, nonFinite) = predictor.Predict(slices, progress: null, CancellationToken.None);

        Assert.That(labels.Geometry, Is.EqualTo(info.Geometry));
        Assert.That(labels.ToVolume().Voxels, Is.EqualTo(PhantomRun.Predict(_model, VolumeFile.ReadImage(info.Path)).Labels.Voxels));
        Assert.That(nonFinite, Is.Zero);
    }

    [TestCase("RAS", null)]
    [TestCase("PLI", null)]
    [TestCase("SRP", null)]
    [TestCase("LPS", "islands=40,holes")]
    public void A_file_is_predicted_as_its_volume_is(string codes, string? postprocessing)
    {
        var info = Written(codes);
        var prediction = new PredictionOptions { Postprocessing = postprocessing is null ? null : PostprocessingOptions.Parse(postprocessing) };
        var predictor = new VolumePredictor(_model.Network, _model.Preprocessing(normalized: false), _model.Device, prediction);
        var expected = predictor.Predict(VolumeFile.ReadImage(info.Path), hasGeometry: true);

        var got = predictor.PredictFile(info.Path);

        Assert.Multiple(() =>
        {
            Assert.That(got.Labels.Geometry, Is.EqualTo(expected.Labels.Geometry));
            Assert.That(got.Labels.Voxels, Is.EqualTo(expected.Labels.Voxels));
            Assert.That(got.PostprocessedVoxels, Is.EqualTo(expected.PostprocessedVoxels));
            Assert.That(got.PostprocessedVoxels, postprocessing is null ? Is.Zero : Is.Positive);
            Assert.That(got.LowResLogitsShape, Is.EqualTo(expected.LowResLogitsShape));
        });
    }

    [TestCase("PIR")]
    [TestCase("SRP")]
    [TestCase("ILA")]
    public void A_file_that_is_stored_across_the_slices_wanted_is_not_read_slice_by_slice(string codes)
    {
        var info = Written(codes);
        Assert.That(SlicesOfFile.IsPossible(info, _model.Preprocessing(normalized: false)), Is.False);
        Assert.That(SlicesOfFile.IsPossible(info, _model.Preprocessing(normalized: false) with { Orientation = null }), Is.True, "as stored");
    }

    [Test]
    public void Voxels_without_a_value_of_a_file_are_counted_once_whatever_the_channels()
    {
        var voxels = (float[])_image.Voxels.Clone();
        (voxels[700], voxels[5000], voxels[5001]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        var path = _folder.File("broken.nii");
        VolumeFile.Write(path, new Volume<float>(_image.Geometry, voxels));
        var options = _model.Preprocessing(normalized: false) with { Channels = 3 };
        using var slices = new SlicesOfFile(VolumeFile.IdentifyImage(path), options);
        Assert.That(new VolumePredictor(_model.Network, options, _model.Device).Predict(slices, progress: null, CancellationToken.None).NonFiniteVoxels, Is.EqualTo(3));
        Assert.That(new VolumePredictor(_model.Network, options, _model.Device).Predict(VolumeFile.ReadImage(path), hasGeometry: true).NonFiniteVoxels, Is.EqualTo(3));
    }

    [Test]
    public void A_file_that_ends_too_early_stops_the_prediction()
    {
        var info = Written("RAS");
        var cut = _folder.File("cut.nii.gz");
        var bytes = File.ReadAllBytes(info.Path);
        File.WriteAllBytes(cut, bytes[..(bytes.Length * 2 / 3)]);
        using var slices = new SlicesOfFile(VolumeFile.IdentifyImage(cut), _model.Preprocessing(normalized: false));
        var predictor = new VolumePredictor(_model.Network, _model.Preprocessing(normalized: false), _model.Device, new() { BatchSize = 1 });
        Assert.That(() => predictor.Predict(slices, progress: null, CancellationToken.None), Throws.TypeOf<VolumeFormatException>());
    }

    [Test]
    public void Slices_as_stored_give_another_result()
    {
        // The counter-check: without the reorientation the axis order does matter.
        var stored = Orientation.Reorient(_image, "LPS");
        var options = _model.Preprocessing(normalized: false) with { Orientation = null };

        var labels = new VolumePredictor(_model.Network, options, _model.Device).Predict(stored, hasGeometry: true).Labels;

        Assert.That(Orientation.Reorient(labels, "RAS").Voxels, Is.Not.EqualTo(_expected.Labels.Voxels));
    }

    [Test]
    public void A_volume_without_a_known_place_is_taken_as_it_lies()
    {
        var labels = new VolumePredictor(_model.Network, _model.Preprocessing(normalized: false) with { Orientation = "LPS" }, _model.Device)
            .Predict(_image, hasGeometry: false).Labels;

        Assert.That(labels.Voxels, Is.EqualTo(_expected.Labels.Voxels));
    }

    [Test]
    public void Voxels_without_a_value_count_as_the_lower_end_of_the_window()
    {
        var (min, max) = (PhantomRun.Preprocessing.WindowMin!.Value, PhantomRun.Preprocessing.WindowMax!.Value);
        var (broken, mended) = ((float[])_image.Voxels.Clone(), (float[])_image.Voxels.Clone());
        (broken[700], mended[700]) = (float.NaN, min);
        (broken[5000], mended[5000]) = (float.PositiveInfinity, max);
        (broken[5001], mended[5001]) = (float.NegativeInfinity, min);

        var prediction = PhantomRun.Predict(_model, new Volume<float>(_image.Geometry, broken));

        Assert.That(prediction.NonFiniteVoxels, Is.EqualTo(3));
        Assert.That(prediction.LowResLogits, Is.EqualTo(PhantomRun.Predict(_model, new Volume<float>(_image.Geometry, mended)).LowResLogits));
        Assert.That(_expected.NonFiniteVoxels, Is.Zero);
    }

    private VolumeInfo Written(string codes)
    {
        var path = _folder.File($"{codes}.nii.gz");
        VolumeFile.Write(path, Orientation.Reorient(_image, codes));
        return VolumeFile.IdentifyImage(path);
    }
}
