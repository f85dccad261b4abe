using System.Text.Json;

namespace SAMed.MLNet.Imaging.Tests.Nifti;

/// <summary>Real NIfTI files against what nibabel sees in them.</summary>
[Category("RealData")]
public sealed class NiftiRealDataTests
{
    private static readonly HashSet<string> NotNumbers = ["complex64", "rgb24"];

    [TestCase("ct_nifti/")]
    [TestCase("mr_nifti/")]
    [TestCase("nifti/")]
    public void Every_file_reads_as_nibabel_reads_it(string group)
    {
        var files = Expected.Files(group);
        var compared = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (var file in files)
            {
                if (!file.Facts.TryGetProperty("nibabel_error", out _)) // Headers without voxels have a test of their own.
                {
                    Compare(file);
                    compared++;
                }
            }
        }
        Assert.That(compared, Is.GreaterThan(0));
    }

    [TestCase("nifti/nibabel/nifti1.hdr", "NIfTI-1")]
    [TestCase("nifti/nibabel/nifti2.hdr", "NIfTI-2")]
    public void A_header_without_its_image_can_be_identified_but_not_read(string name, string format)
    {
        var path = TestData.Real(name);
        Assert.That(VolumeFile.Identify(path).Format, Is.EqualTo(format));
        Assert.That(() => VolumeFile.ReadImage(path), Throws.TypeOf<FileNotFoundException>().Or.TypeOf<VolumeFormatException>());
    }

    [Test]
    public void ANALYZE_headers_are_refused_with_the_reason()
    {
        var path = TestData.Real("nifti/nibabel/analyze.hdr");
        Assert.That(() => VolumeFile.Identify(path), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("ANALYZE 7.5"));
    }

    [Test]
    public void Every_orientation_of_one_head_becomes_the_same_volume()
    {
        var reference = VolumeFile.ReadImage(TestData.Real("nifti/orientations/RAS.nii.gz"));
        var files = Expected.Files("nifti/orientations/");
        using (Assert.EnterMultipleScope())
        {
            foreach (var file in files)
            {
                var volume = VolumeFile.ReadImage(file.Path);
                var code = Path.GetFileName(file.Path)[..3];
                var turned = Orientation.Reorient(volume, "RAS");
                Assert.That(Orientation.Of(volume.Geometry.Affine), Is.EqualTo(code));
                Assert.That(turned.Voxels.AsSpan().SequenceEqual(reference.Voxels), code);
                Assert.That(turned.Geometry.Affine.AlmostEquals(reference.Geometry.Affine, 1e-4), code);
                var back = Orientation.Reorient(turned, code);
                Assert.That(back.Voxels.AsSpan().SequenceEqual(volume.Voxels), code);
                Assert.That(back.Geometry.Affine.AlmostEquals(volume.Geometry.Affine, 1e-9), code);
            }
        }
        Assert.That(files, Has.Count.GreaterThan(1));
    }

    private static void Compare(ExpectedFile file)
    {
        var (name, path, expected) = file;
        var info = VolumeFile.Identify(path);
        var affine = Affine.FromRows([.. expected.GetProperty("affine").EnumerateArray().Take(3).SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble())]);
        Assert.That(info.Geometry.Affine.AlmostEquals(affine, 1e-5), $"{name}: {info.Geometry.Affine} instead of {affine}");
        Assert.That(info.AxisCodes, Is.EqualTo(expected.GetProperty("axcodes").GetString()), name);
        Assert.That(info.Shape, Is.EqualTo(expected.Ints("shape")), name);
        Assert.That(info.LittleEndian, Is.EqualTo(expected.GetProperty("endian").GetString() == "<"), name);
        Assert.That(info.ExtensionCount, Is.EqualTo(expected.GetProperty("extensions").GetInt32()), name);
        if (NotNumbers.Contains(info.StoredType) || info.VolumeCount > 1)
        {
            Assert.That(() => VolumeFile.ReadImage(path), Throws.TypeOf<VolumeFormatException>()
                .With.Message.Contains(info.VolumeCount > 1 ? $"{info.VolumeCount} volumes" : info.StoredType), name);
            return;
        }
        CompareValues(name, VolumeFile.ReadImage(path), expected);
        if (expected.TryGetProperty("labels", out var labels))
        {
            var counts = VolumeFile.ReadLabels(path).CountLabels();
            Assert.That(counts, Is.EquivalentTo(labels.EnumerateObject().ToDictionary(pair => int.Parse(pair.Name, null), pair => pair.Value.GetInt32())), name);
        }
    }

    private static void CompareValues(string name, Volume<float> volume, JsonElement expected)
    {
        double sum = 0, lowest = double.PositiveInfinity, highest = double.NegativeInfinity;
        var notNumbers = 0;
        foreach (var value in volume.Voxels)
        {
            if (float.IsNaN(value))
            {
                notNumbers++;
                continue;
            }
            sum += value;
            lowest = Math.Min(lowest, value);
            highest = Math.Max(highest, value);
        }
        // The expected sums are of float64 values; ours are rounded to float32 once.
        double wanted = expected.GetProperty("value_sum").GetDouble(), scale = volume.Voxels.Length * Math.Max(Math.Abs(lowest), Math.Abs(highest));
        Assert.That(sum, Is.EqualTo(wanted).Within(1e-7 * scale), name);
        Assert.That(lowest, Is.EqualTo((float)expected.GetProperty("value_min").GetDouble()), name);
        Assert.That(highest, Is.EqualTo((float)expected.GetProperty("value_max").GetDouble()), name);
        Assert.That(notNumbers, Is.EqualTo(expected.GetProperty("nan").GetInt32()), name);
        var (x, y, z) = volume.Geometry.SpacingMm;
        Assert.That(new[] { x, y, z }.Min(), Is.GreaterThan(0), name);
    }
}
