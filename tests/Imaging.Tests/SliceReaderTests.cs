using PureHDF;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests;

public sealed class SliceReaderTests
{
    private static readonly Geometry Grid = new(5, 4, 6, Affine.Diagonal(-0.7, 0.8, 2.5));

    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.npy")]
    [TestCase("a.npz")]
    [TestCase("a.h5")]
    public void Slices_of_an_image_are_those_of_the_whole_volume(string name)
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File(name), Image());
        AssertSameImage(folder.File(name));
    }

    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.npy")]
    [TestCase("a.npz")]
    [TestCase("a.h5")]
    public void Slices_of_a_label_map_are_those_of_the_whole_volume(string name)
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File(name), Labels());
        AssertSameLabels(folder.File(name));
    }

    [TestCase(ImageStorage.Int16)]
    [TestCase(ImageStorage.UInt8)]
    [TestCase(ImageStorage.UInt16)]
    public void Slices_of_stored_integers_are_converted(ImageStorage storage)
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("a.nii.gz"), Image(), storage);
        AssertSameImage(folder.File("a.nii.gz"));
    }

    [TestCase(1u)]
    [TestCase(2u)]
    [TestCase(5u)]
    public void Chunks_that_hold_several_slices_are_read_by_layers(uint slicesPerChunk)
    {
        using var folder = new TempFolder();
        var values = Image().Voxels;
        var file = new H5File { ["image"] = new H5Dataset(values, chunks: [slicesPerChunk, 3, 4], fileDims: [5, 4, 6]) };
        file.Write(folder.File("a.h5"));
        AssertSameImage(folder.File("a.h5"));
    }

    [Test]
    public void An_array_in_Fortran_order_is_read_whole()
    {
        using var folder = new TempFolder();
        var bytes = new List<byte>(NpyBytes("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 3), }"));
        foreach (var value in Enumerable.Range(0, 12))
        {
            bytes.AddRange(BitConverter.GetBytes((float)value));
        }
        File.WriteAllBytes(folder.File("a.npy"), [.. bytes]);
        AssertSameImage(folder.File("a.npy"));
    }

    [Test]
    public void A_two_dimensional_array_is_one_slice()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create([1.0, 2, 3, 4, 5, 6], 2, 3))]);
        AssertSameImage(folder.File("a.npz"));
    }

    [Test]
    public void Real_files_read_alike_slice_by_slice()
    {
        var files = Expected.Files("ct_nifti/").Where(file => VolumeFile.IsVolumeFile(file.Path)).ToList();
        Assert.That(files, Is.Not.Empty);
        using (Assert.EnterMultipleScope())
        {
            files.ForEach(file => AssertSameImage(file.Path));
        }
    }

    [Test]
    public void A_value_that_is_no_id_is_named_by_its_voxel_in_the_volume()
    {
        using var folder = new TempFolder();
        var image = Image();
        Array.Clear(image.Voxels);
        image[3, 2, 1] = 1.5f;
        VolumeFile.Write(folder.File("a.nii"), image);
        var whole = Assert.Throws<VolumeFormatException>(() => VolumeFile.ReadLabels(folder.File("a.nii")))!;
        Assert.That(() => ReadLabels(folder.File("a.nii")), Throws.TypeOf<VolumeFormatException>().With.Message.EqualTo(whole.Message).And.Message.Contains("x=1, y=2, z=3"));
    }

    [Test]
    public void The_end_of_a_compressed_file_is_checked_with_the_last_slice()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("a.nii.gz"), Image());
        var bytes = File.ReadAllBytes(folder.File("a.nii.gz"));
        bytes[^6] ^= 0x10; // in the CRC
        File.WriteAllBytes(folder.File("a.nii.gz"), bytes);
        Assert.That(() => ReadImage(folder.File("a.nii.gz")), Throws.TypeOf<VolumeFormatException>());
    }

    [Test]
    public void The_CRC_of_an_archive_is_checked_with_the_last_slice()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create(Image().Voxels, 5, 4, 6))]);
        var bytes = File.ReadAllBytes(folder.File("a.npz"));
        bytes[300] ^= 0x10; // one of the elements, which are stored as they are
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        Assert.That(() => ReadImage(folder.File("a.npz")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("CRC"));
    }

    [Test]
    public void There_is_no_slice_after_the_last()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("a.npy"), Image());
        using var slices = VolumeFile.OpenImage(folder.File("a.npy"));
        var slice = new float[Grid.SliceLength];
        for (var z = 0; z < Grid.Depth; z++)
        {
            slices.Read(slice);
        }
        Assert.That(slices.Next, Is.EqualTo(Grid.Depth));
        Assert.That(() => slices.Read(slice), Throws.InvalidOperationException);
    }

    [Test]
    public void Room_of_another_size_is_refused()
    {
        using var folder = new TempFolder();
        VolumeFile.Write(folder.File("a.npy"), Image());
        using var slices = VolumeFile.OpenImage(folder.File("a.npy"));
        Assert.That(() => slices.Read(new float[7]), Throws.ArgumentException.With.Message.Contains("24").And.Message.Contains('7'));
    }

    [Test]
    public void A_closed_file_can_be_deleted_and_written()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "a.nii.gz", "a.npy", "a.npz", "a.h5" })
        {
            VolumeFile.Write(folder.File(name), Image());
            VolumeFile.OpenImage(folder.File(name)).Dispose();
            using var exclusive = new FileStream(folder.File(name), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Assert.That(exclusive.Length, Is.Positive);
        }
    }

    private static Volume<float> Image()
    {
        var random = new Random(3);
        return new(Grid, [.. Enumerable.Range(0, Grid.VoxelCount).Select(_ => (float)random.Next(256))]);
    }

    private static LabelVolume Labels() => new(Grid, [.. Image().Voxels.Select(value => (ushort)(value * 3))]);

    private static byte[] NpyBytes(string header)
    {
        var text = header.PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text.Select(character => (byte)character)];
    }

    private static void AssertSameImage(string path)
    {
        var whole = VolumeFile.ReadImage(path);
        var (geometry, voxels) = ReadImage(path);
        Assert.That(geometry, Is.EqualTo(whole.Geometry), path);
        Assert.That(voxels.AsSpan().SequenceEqual(whole.Voxels), Is.True, path);
    }

    private static void AssertSameLabels(string path)
    {
        var whole = VolumeFile.ReadLabels(path);
        var (geometry, voxels) = ReadLabels(path);
        Assert.That(geometry, Is.EqualTo(whole.Geometry), path);
        Assert.That(voxels, Is.EqualTo(whole.Voxels), path);
    }

    private static (Geometry Geometry, float[] Voxels) ReadImage(string path)
    {
        using var slices = VolumeFile.OpenImage(path);
        return (slices.Geometry, Voxels(slices));
    }

    private static (Geometry Geometry, ushort[] Voxels) ReadLabels(string path)
    {
        using var slices = VolumeFile.OpenLabels(path);
        return (slices.Geometry, Voxels(slices));
    }

    private static T[] Voxels<T>(SliceReader<T> slices)
        where T : unmanaged
    {
        var voxels = new T[slices.Geometry.VoxelCount];
        for (var z = 0; z < slices.Geometry.Depth; z++)
        {
            slices.Read(voxels.AsMemory(z * slices.Geometry.SliceLength, slices.Geometry.SliceLength));
        }
        return voxels;
    }
}
