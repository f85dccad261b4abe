using System.IO.Compression;
using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Imaging.Tests.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Hdf5;

public sealed class Hdf5Tests
{
    [Test]
    [Category("RealData")]
    public void Every_dataset_reads_as_h5py_reads_it_or_its_filter_is_named()
    {
        var files = Expected.Files("hdf5/");
        var (read, refused) = (0, 0);
        using (Assert.EnterMultipleScope())
        {
            foreach (var (file, path, datasets) in files)
            {
                foreach (var dataset in datasets.EnumerateObject())
                {
                    var name = $"{file}:{dataset.Name}";
                    if (file is "hdf5/lzf.h5" or "hdf5/bzip2.h5")
                    {
                        Assert.That(() => Hdf5File.Read(path, dataset.Name), Throws.TypeOf<VolumeFormatException>().With.Message.Contains(dataset.Name).And.Message.Contains("filter"), name);
                        refused++;
                        continue;
                    }
                    var array = Hdf5File.Read(path, dataset.Name);
                    Assert.That(array.Shape, Is.EqualTo(dataset.Value.Ints("shape")), name);
                    Assert.That(Expected.Sha256(ArrayBytes.Of(array)), Is.EqualTo(dataset.Value.GetProperty("sha256_c_le").GetString()), name);
                    read++;
                }
            }
        }
        Assert.That((read > 5, refused), Is.EqualTo((true, 2)));
    }

    [Test]
    [Category("RealData")]
    public void A_label_dataset_of_a_real_file_is_a_label_volume()
    {
        var labels = VolumeFile.ReadLabels(TestData.Real("hdf5/sample_cells.h5"));
        Assert.That((labels.Geometry.Depth, labels.Geometry.Height, labels.Geometry.Width), Is.EqualTo((151, 326, 566)));
        Assert.That(labels.Voxels.Sum(id => (long)id), Is.EqualTo(4099515565));
        Assert.That(VolumeFile.Identify(TestData.Real("hdf5/sample_cells.h5")), Has.Property("IsLabelMap").True.And.Property("HasGeometry").False);
    }

    [TestCase("a.h5")]
    [TestCase("a.npz")]
    public void Image_and_labels_survive_one_file(string name)
    {
        using var folder = new TempFolder();
        var image = new Volume<float>(Geometry.Unplaced(2, 3, 4), [.. Enumerable.Range(0, 24).Select(n => n / 7f)]);
        var labels = new LabelVolume(image.Geometry, [.. Enumerable.Range(0, 24).Select(n => (ushort)(n % 9))]);
        VolumeFile.WritePair(folder.File(name), image, labels);
        Assert.That(VolumeFile.ReadImage(folder.File(name)).Voxels, Is.EqualTo(image.Voxels));
        Assert.That(VolumeFile.ReadLabels(folder.File(name)).Voxels, Is.EqualTo(labels.Voxels));
        Assert.That(VolumeFile.Identify(folder.File(name)).Shape, Is.EqualTo(new[] { 2, 3, 4 }));
    }

    [Test]
    public void A_missing_dataset_is_named_with_those_that_are_there()
    {
        using var folder = new TempFolder();
        Hdf5File.Write(folder.File("a.h5"), [KeyValuePair.Create("raw", NpyArray.Create(new float[6], 1, 2, 3))]);
        Assert.That(Hdf5File.Names(folder.File("a.h5")), Is.EqualTo(new[] { "raw" }));
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.h5")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("'image'").And.Message.Contains("raw"));
    }

    [Test]
    public void A_text_file_is_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.h5"), "no HDF5");
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.h5")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("a.h5"));
    }

    // h5py: File(name, "w", libver=…).create_dataset("label", (1, 4, 4), "u1", external=[("/etc/passwd", 0, 16)]), compressed by gzip.
    [TestCase("H4sIAAAAAAACA+v0cHHj5ZLiYgABDg4GFgYBBmTwHwo2sKLyYfIJUJoRSndA6RVMMHFGsJwEVFwQaj66upAgV1eQ6v9oAGZPBguE5mAYBSMReLg6BoDoCCgflkpPMKGqy0lMSs1BSo8eFNrLyMAGMYsRxreA0MyMKOmeBY3GJc4MdDkj1P2MSCmaFUiD+ExMTGBhdgYNMJ8RmocMcKR/WDhwQHMYMyMs5wigqXSgajxIoPkzgAVVnX5qSbJ+QWJxcXkKmB/s5+8C8gfM/QrMo2maHAAA6i4mzLAFAAA=", TestName = "External files, oldest format")]
    [TestCase("H4sIAAAAAAACA+v0cHHj5ZLiYubgYICB/1DAzgThG0DFPz29au7v4RLEpPCRmSUbGVcwCSFrhAEuJgZGBgY2AQYgxZqTmJSacxhmhwsDVcCcatapYCcxMjAymjAwMDEzMjJC5VjQaFzizDwMjAJweQ4GVqCrmbnYNRjAJgENZjgP1cqBZrsAlOYA+p6FEeZrmChDDgNdwWeJRX89XB0DQGwJND+/Z0RVq59akqxfkFhcXJ4C5gMALpQoQQcCAAA=", TestName = "External files, latest format")]
    public void A_dataset_whose_elements_stand_in_other_files_is_refused(string gzipBase64)
    {
        using var folder = new TempFolder();
        using (var packed = new GZipStream(new MemoryStream(Convert.FromBase64String(gzipBase64)), CompressionMode.Decompress))
        using (var file = File.Create(folder.File("a.h5")))
        {
            packed.CopyTo(file);
        }
        Assert.Multiple(() =>
        {
            Assert.That(() => VolumeFile.ReadLabels(folder.File("a.h5")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("'label'").And.Message.Contains("external files"));
            Assert.That(() => VolumeFile.Identify(folder.File("a.h5")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("external files"));
        });
    }
}
