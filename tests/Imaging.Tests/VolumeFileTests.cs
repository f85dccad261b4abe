using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests;

public sealed class VolumeFileTests
{
    [TestCase("img/a.nii.gz", "a")]
    [TestCase("a.nii", "a")]
    [TestCase("case0001.npy.h5", "case0001")]
    [TestCase("case0005_slice012.npz", "case0005_slice012")]
    [TestCase("p.hdr", "p")]
    [TestCase("p.img", "p")]
    [TestCase("patient.1.NII.GZ", "patient.1")]
    [TestCase("notes.txt", "notes.txt")]
    [TestCase(".nii", ".nii")]
    public void A_case_is_named_after_its_file(string path, string name) => Assert.That(VolumeFile.CaseName(path), Is.EqualTo(name));

    [TestCase("a.nii.gz", true)]
    [TestCase("a.NII", true)]
    [TestCase("a.h5", true)]
    [TestCase("a.mat", true)]
    [TestCase("a.hdr", true)]
    [TestCase("a.img", false)]
    [TestCase("a.gz", false)]
    [TestCase("a.png", true)]
    [TestCase("a.gif", false)]
    [TestCase("folder/._a.nii.gz", false)]
    [TestCase(".a.nii.gz.0123.part", false)]
    public void Volumes_are_known_by_their_names(string path, bool isVolume) => Assert.That(VolumeFile.IsVolumeFile(path), Is.EqualTo(isVolume));

    [Test]
    public void Content_counts_before_the_name()
    {
        using var folder = new TempFolder();
        NpyFile.Write(folder.File("a.npy"), NpyArray.Create([1f, 2f, 3f, 4f], 2, 2));
        File.Copy(folder.File("a.npy"), folder.File("a.nii"));
        Assert.That(VolumeFile.Identify(folder.File("a.nii")).Format, Is.EqualTo("npy"));
    }

    [Test]
    public void A_two_dimensional_array_is_one_slice_without_a_place()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("image", NpyArray.Create([1.0, 2, 3, 4, 5, 6], 2, 3)), KeyValuePair.Create("label", NpyArray.Create([0f, 1, 2, 3, 4, 5], 2, 3))]);
        var image = VolumeFile.ReadImage(folder.File("a.npz"));
        Assert.That((image.Geometry.Depth, image.Geometry.Height, image.Geometry.Width, image.Geometry.SpacingMm), Is.EqualTo((1, 2, 3, (1.0, 1.0, 1.0))));
        Assert.That(image[0, 1, 0], Is.EqualTo(4));
        Assert.That(VolumeFile.ReadLabels(folder.File("a.npz"))[0, 1, 2], Is.EqualTo(5));
        Assert.That(VolumeFile.Identify(folder.File("a.npz")), Has.Property("HasGeometry").False.And.Property("StoredType").EqualTo("float64").And.Property("Format").EqualTo("npz"));
    }

    [TestCase(".npz")]
    [TestCase(".h5")]
    public void Image_and_labels_of_one_file_have_headers_of_their_own(string ending)
    {
        using var folder = new TempFolder();
        KeyValuePair<string, NpyArray> image = new("image", NpyArray.Create(new float[24], 2, 3, 4)), labels = new("label", NpyArray.Create(new float[6], 1, 2, 3));
        Write("both", [image, labels]);
        Write("image", [image]);

        Assert.That(VolumeFile.IdentifyImage(folder.File("both" + ending)), Has.Property("IsLabelMap").False.And.Property("Shape").EqualTo(new[] { 2, 3, 4 }));
        Assert.That(VolumeFile.IdentifyLabels(folder.File("both" + ending)), Has.Property("IsLabelMap").True.And.Property("Shape").EqualTo(new[] { 1, 2, 3 }));
        Assert.That(() => VolumeFile.IdentifyLabels(folder.File("image" + ending)), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("label"));

        void Write(string name, KeyValuePair<string, NpyArray>[] arrays)
        {
            if (ending == ".npz")
            {
                NpzFile.Write(folder.File(name + ending), arrays);
            }
            else
            {
                Hdf5File.Write(folder.File(name + ending), arrays);
            }
        }
    }

    [Test]
    public void Arrays_of_other_shapes_are_refused()
    {
        using var folder = new TempFolder();
        NpyFile.Write(folder.File("a.npy"), NpyArray.Create([1f, 2f], 2));
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.npy")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("(2)"));
        NpyFile.Write(folder.File("a.npy"), NpyArray.Create(Array.Empty<float>(), 0, 3, 3));
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.npy")), Throws.TypeOf<VolumeFormatException>());
    }

    [TestCase("a.npy")]
    [TestCase("a.npz")]
    [TestCase("a.h5")]
    public void Labels_survive_files_without_geometry(string name)
    {
        using var folder = new TempFolder();
        var labels = new LabelVolume(Geometry.Unplaced(2, 3, 4), [.. Enumerable.Range(0, 24).Select(n => (ushort)(n * 20))]);
        VolumeFile.Write(folder.File(name), labels);
        Assert.That(VolumeFile.ReadLabels(folder.File(name)).Voxels, Is.EqualTo(labels.Voxels));
    }

    [TestCase("a.nii")]
    [TestCase("a.npz")]
    [TestCase("a.npy")]
    [TestCase("a.h5")]
    public void A_missing_file_is_a_FileNotFoundException_that_names_it(string name) =>
        Assert.That(() => VolumeFile.ReadImage("/nowhere/" + name), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("/nowhere/" + name));

    [Test]
    public void A_folder_is_named_as_such()
    {
        using var folder = new TempFolder();
        Assert.That(() => VolumeFile.Identify(folder.Path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("folder"));
    }

    [Test]
    public void Files_of_no_known_kind_are_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.txt"), "hello, world");
        Assert.That(() => VolumeFile.ReadImage(folder.File("a.txt")), Throws.TypeOf<VolumeFormatException>().With.Message.Contains(".nii.gz"));
        File.WriteAllBytes(folder.File("empty.nii"), []);
        Assert.That(() => VolumeFile.ReadImage(folder.File("empty.nii")), Throws.TypeOf<VolumeFormatException>());
        Assert.That(() => VolumeFile.Write(folder.File("a.gif"), new LabelVolume(Geometry.Unplaced(1, 1, 1))), Throws.TypeOf<NotSupportedException>().With.Message.Contains(".nii"));
    }

    [TestCase("a.nii")]
    [TestCase("a.nii.gz")]
    [TestCase("a.npz")]
    [TestCase("a.npy")]
    [TestCase("a.h5")]
    public void A_write_that_fails_leaves_nothing_behind(string name)
    {
        using var folder = new TempFolder();
        // A folder of that name cannot be replaced by a file: the last step fails, after everything was written.
        Directory.CreateDirectory(folder.File(name));
        File.WriteAllText(Path.Combine(folder.File(name), "old"), "old");
        Assert.That(() => VolumeFile.Write(folder.File(name), new LabelVolume(Geometry.Unplaced(2, 2, 2))), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
        Assert.That(File.ReadAllText(Path.Combine(folder.File(name), "old")), Is.EqualTo("old"));
    }

    [Test]
    public void An_error_in_the_middle_keeps_the_old_file()
    {
        using var folder = new TempFolder();
        var array = NpyArray.Create([1f], 1);
        NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("x", array)]);
        var old = File.ReadAllBytes(folder.File("a.npz"));
        Assert.That(() => NpzFile.Write(folder.File("a.npz"), [KeyValuePair.Create("y", array), KeyValuePair.Create("y", array)]), Throws.ArgumentException);
        Assert.That(File.ReadAllBytes(folder.File("a.npz")), Is.EqualTo(old));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void The_volumes_of_a_folder_come_in_the_order_of_their_names()
    {
        using var folder = new TempFolder();
        foreach (var name in new[] { "b.nii.gz", "a.npy.h5", "B.npz", "a.img", "a.hdr", "notes.txt", ".hidden.nii" })
        {
            File.WriteAllText(folder.File(name), "");
        }
        Assert.That(VolumeFile.FilesIn(folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "B.npz", "a.hdr", "a.npy.h5", "b.nii.gz" }));
    }
}
