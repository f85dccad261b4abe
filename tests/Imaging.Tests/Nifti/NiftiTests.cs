using System.Buffers.Binary;
using System.IO.Compression;

namespace SAMed.MLNet.Imaging.Tests.Nifti;

public sealed class NiftiTests
{
    private static readonly Affine Oblique = new(-0.7, 0.1, 0.2, 100, 0.08, 0.69, -0.5, -50, 0.06, 0.11, 2.9, 30);

    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    public void Labels_keep_values_place_and_description(string name)
    {
        using var folder = new TempFolder();
        var labels = Ramp(3, 4, 5, id => (ushort)(id % 9));
        VolumeFile.Write(folder.File(name), labels, "SAMed.MLNet prediction");
        var info = VolumeFile.Identify(folder.File(name));
        Assert.That((info.Format, info.StoredType, info.Description, info.IsLabelMap), Is.EqualTo(("NIfTI-1", "uint8", "SAMed.MLNet prediction", true)));
        Assert.That(info.Shape, Is.EqualTo(new[] { 5, 4, 3 }));
        var read = VolumeFile.ReadLabels(folder.File(name));
        Assert.That(read.Voxels, Is.EqualTo(labels.Voxels));
        Assert.That(read.Geometry.Matches(labels.Geometry, 1e-4));
    }

    [Test]
    public void Ids_above_255_are_stored_in_two_bytes()
    {
        using var folder = new TempFolder();
        var labels = Ramp(2, 2, 2, id => (ushort)(id * 9000));
        VolumeFile.Write(folder.File("a.nii"), labels);
        Assert.That(VolumeFile.Identify(folder.File("a.nii")).StoredType, Is.EqualTo("uint16"));
        Assert.That(VolumeFile.ReadLabels(folder.File("a.nii")).Voxels, Is.EqualTo(labels.Voxels));
    }

    [TestCase(ImageStorage.Float32, "float32")]
    [TestCase(ImageStorage.Int16, "int16")]
    [TestCase(ImageStorage.UInt8, "uint8")]
    [TestCase(ImageStorage.UInt16, "uint16")]
    public void Images_survive_each_storage(ImageStorage storage, string type)
    {
        using var folder = new TempFolder();
        var image = new Volume<float>(new Geometry(2, 3, 4, Oblique), [.. Enumerable.Range(0, 24).Select(n => (float)n)]);
        VolumeFile.Write(folder.File("a.nii.gz"), image, storage);
        Assert.That(VolumeFile.Identify(folder.File("a.nii.gz")).StoredType, Is.EqualTo(type));
        Assert.That(VolumeFile.ReadImage(folder.File("a.nii.gz")).Voxels, Is.EqualTo(image.Voxels));
    }

    [Test]
    public void A_value_that_does_not_fit_its_storage_is_refused_and_leaves_the_old_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.nii"), "old");
        var image = new Volume<float>(Geometry.Unplaced(1, 1, 1), [40000f]);
        Assert.That(() => VolumeFile.Write(folder.File("a.nii"), image, ImageStorage.Int16), Throws.ArgumentException.With.Message.Contains("40000"));
        Assert.That(File.ReadAllText(folder.File("a.nii")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [TestCase(0.0, 1)]
    [TestCase(1e-7, 1)]
    [TestCase(1e-3, 0)]
    [TestCase(0.4, 0)]
    public void A_sheared_place_is_kept_in_the_sform_and_not_claimed_by_the_qform(double shear, int qFormCode)
    {
        using var folder = new TempFolder();
        var (c, s) = (Math.Cos(0.3), Math.Sin(0.3));
        var map = new Affine(2 * c, -3 * s, 4 * shear * c, 5, 2 * s, 3 * c, 4 * shear * s, 6, 0, 0, 4, 7);

        VolumeFile.Write(folder.File("a.nii"), new LabelVolume(new Geometry(2, 3, 4, map)));

        var bytes = File.ReadAllBytes(folder.File("a.nii"));
        Assert.That(BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(252)), Is.EqualTo(qFormCode), "qform_code");
        Assert.That(BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(254)), Is.EqualTo(1), "sform_code");
        Assert.That(VolumeFile.Identify(folder.File("a.nii")).Geometry.Affine.AlmostEquals(map, 2e-6));
    }

    [Test]
    public void The_qform_alone_gives_the_same_place_as_the_sform()
    {
        using var folder = new TempFolder();
        // Rotations without shear about several axes, both handednesses.
        foreach (var (c, s) in new[] { (Math.Cos(0.3), Math.Sin(0.3)), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0) })
        {
            foreach (var flip in new[] { 1, -1 })
            {
                Affine[] maps = [new(2 * c, -3 * s, 0, 5, 2 * s, 3 * c, 0, 6, 0, 0, 4 * flip, 7), new(2, 0, 0, 5, 0, 3 * c, -4 * flip * s, 6, 0, 3 * s, 4 * flip * c, 7), new(2 * c, 0, 4 * flip * s, 1, 0, 3, 0, 2, -2 * s, 0, 4 * flip * c, 3)];
                foreach (var map in maps)
                {
                    VolumeFile.Write(folder.File("a.nii"), new LabelVolume(new Geometry(2, 3, 4, map)));
                    var bytes = File.ReadAllBytes(folder.File("a.nii"));
                    BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(254), 0);
                    File.WriteAllBytes(folder.File("a.nii"), bytes);
                    Assert.That(VolumeFile.Identify(folder.File("a.nii")).Geometry.Affine.AlmostEquals(map, 2e-6), map.ToString());
                }
            }
        }
    }

    [TestCase(42, (short)0, "dim[1]")]
    [TestCase(42, (short)-5, "dim[1]")]
    [TestCase(40, (short)0, "dim[0]")]
    [TestCase(40, (short)8, "dim[0]")]
    [TestCase(42, (short)32000, "image data")]
    [TestCase(70, (short)3, "datatype")]
    [TestCase(70, (short)32, "datatype")]
    public void A_header_that_makes_no_sense_names_the_field(int offset, short value, string field)
    {
        foreach (var gzip in new[] { false, true })
        {
            using var folder = new TempFolder();
            var path = Damage(folder, gzip, bytes => BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset), value));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => VolumeFile.ReadImage(path), Throws.TypeOf<VolumeFormatException>().With.Property("Field").EqualTo(field).And.Message.Contains(path));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(32 << 20));
        }
    }

    [Test]
    public void Dims_whose_product_overflows_are_refused()
    {
        using var folder = new TempFolder();
        var path = Damage(folder, true, bytes =>
        {
            for (var axis = 0; axis < 7; axis++)
            {
                BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(42 + (2 * axis)), short.MaxValue);
            }
            bytes[40] = 7;
        });
        Assert.That(() => VolumeFile.Identify(path), Throws.TypeOf<VolumeFormatException>().With.Property("Field").EqualTo("dim"));
    }

    [Test]
    public void A_truncated_gzip_file_is_refused_wherever_it_was_cut()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("whole.nii.gz"), Noise(10, 20, 30), ImageStorage.Int16);
        var bytes = File.ReadAllBytes(folder.File("whole.nii.gz"));
        foreach (var length in Enumerable.Range(1, 12).Select(cut => bytes.Length - cut).Concat([bytes.Length / 2, 400, 100, 20, 5, 2]))
        {
            File.WriteAllBytes(folder.File("cut.nii.gz"), bytes[..length]);
            Assert.That(() => VolumeFile.ReadImage(folder.File("cut.nii.gz")), Throws.TypeOf<VolumeFormatException>(), $"{length} of {bytes.Length} bytes");
        }
    }

    [Test]
    public void Scaling_follows_the_standard()
    {
        using var folder = new TempFolder();
        foreach (var (slope, intercept, expected) in new[] { (2f, -10f, -8f), (0f, 5f, 1f), (float.NaN, 5f, 1f), (float.PositiveInfinity, 0f, 1f), (-1f, 0f, -1f) })
        {
            var path = Damage(folder, false, bytes =>
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(112), slope);
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(116), intercept);
            });
            Assert.That(VolumeFile.ReadImage(path)[0, 0, 1], Is.EqualTo(expected), $"slope {slope}");
        }
    }

    [Test]
    public void Labels_that_are_no_whole_numbers_name_the_voxel()
    {
        using var folder = new TempFolder();
        foreach (var bad in new[] { 1.5f, -1f, 70000f, float.NaN, float.PositiveInfinity })
        {
            var image = new Volume<float>(Geometry.Unplaced(2, 3, 4));
            image[1, 2, 3] = bad;
            VolumeFile.Write(folder.File("a.nii"), image);
            Assert.That(() => VolumeFile.ReadLabels(folder.File("a.nii")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("x=3, y=2, z=1"));
        }
    }

    [Test]
    public void A_fourth_axis_of_one_volume_is_accepted()
    {
        using var folder = new TempFolder();
        var path = Damage(folder, false, bytes => bytes[40] = 5);
        Assert.That(VolumeFile.ReadImage(path).Geometry.Depth, Is.EqualTo(3));
        Assert.That(VolumeFile.Identify(path).Shape, Has.Count.EqualTo(5));
    }

    [Test]
    public void A_pair_of_header_and_image_reads_from_either_name()
    {
        using var folder = new TempFolder();
        var whole = File.ReadAllBytes(Damage(folder, false, bytes => "ni1"u8.CopyTo(bytes.AsSpan(344))));
        BinaryPrimitives.WriteSingleLittleEndian(whole.AsSpan(108), 0);
        File.WriteAllBytes(folder.File("p.hdr"), whole[..348]);
        Assert.That(() => VolumeFile.ReadImage(folder.File("p.hdr")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("p.img"));
        using (var gzip = new GZipStream(File.Create(folder.File("p.img.gz")), CompressionLevel.Optimal))
        {
            gzip.Write(whole, 352, whole.Length - 352);
        }
        foreach (var name in new[] { "p.hdr", "p.img.gz" })
        {
            Assert.That(VolumeFile.ReadImage(folder.File(name)).Voxels[59], Is.EqualTo(59));
        }
    }

    private static string Damage(TempFolder folder, bool gzip, Action<byte[]> change)
    {
        VolumeFile.Write(folder.File("a.nii"), Ramp(3, 4, 5, n => (ushort)n));
        var bytes = File.ReadAllBytes(folder.File("a.nii"));
        change(bytes);
        var path = folder.File(gzip ? "a.nii.gz" : "a.nii");
        using Stream stream = gzip ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path);
        stream.Write(bytes);
        return path;
    }

    private static LabelVolume Ramp(int depth, int height, int width, Func<int, ushort> id) =>
        new(new Geometry(depth, height, width, Oblique), [.. Enumerable.Range(0, depth * height * width).Select(id)]);

    private static Volume<float> Noise(int depth, int height, int width)
    {
        var random = new Random(1);
        return new Volume<float>(Geometry.Unplaced(depth, height, width), [.. Enumerable.Range(0, depth * height * width).Select(_ => (float)random.Next(-1000, 1000))]);
    }
}
