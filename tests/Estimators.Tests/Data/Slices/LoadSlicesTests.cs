using Microsoft.ML;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class LoadSlicesTests
{
    private static readonly MLContext Ml = new(1);

    [Test]
    public void A_folder_of_pairs_gives_the_slices_of_its_volumes()
    {
        using var folder = new TempFolder().WritePhantoms(2);
        var data = Ml.Data.LoadSlices(folder.File("data"), new() { Labels = LabelTable.Synapse, Orientation = null });

        var rows = data.Read();

        Assert.That(rows.Select(row => row.Case).Distinct(), Is.EqualTo(new[] { "p1", "p2" }));
        var image = VolumeFile.ReadImage(folder.File("data/images/p2.nii.gz"));
        Assert.That(rows.Where(row => row.Case == "p2").SelectMany(row => row.Image), Is.EqualTo(image.Voxels));
        Assert.That(rows.Where(row => row.Case == "p2").SelectMany(row => row.Label), Is.EqualTo(VolumeFile.ReadLabels(folder.File("data/labels/p2.nii.gz")).Voxels.Select(id => (byte)id)));
        Assert.That((rows[0].SpacingX, rows[0].SpacingZ), Is.EqualTo(((float)image.Geometry.SpacingMm.X, (float)image.Geometry.SpacingMm.Z)));
    }

    [Test]
    public void A_table_maps_ids_to_classes()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("t.json"), """{ "name": "t", "classes": [ { "id": 1, "name": "a", "from": [7] }, { "id": 2, "name": "b", "from": [300] } ], "background": [5] }""");
        var file = Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), [0, 5, 7, 300]);

        var data = Ml.Data.LoadSlices([file], new() { Labels = LabelTable.Load(folder.File("t.json")) });

        Assert.That(data.Read().Single().Label, Is.EqualTo(new byte[] { 0, 0, 1, 2 }));
        Assert.That(ClassNames.TryRead(data.Schema["Label"]), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void Without_a_table_an_id_above_255_is_refused_when_its_row_is_read()
    {
        using var folder = new TempFolder();
        var data = Ml.Data.LoadSlices([Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), [0, 5, 255, 300])]);

        Assert.That(() => data.Read(), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("a_l.nii.gz").And.Message.Contains("300").And.Message.Contains("255"));
    }

    [Test]
    public void An_id_that_the_table_does_not_know_is_refused()
    {
        using var folder = new TempFolder();
        var data = Ml.Data.LoadSlices([Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), [0, 1, 2, 77])], new() { Labels = LabelTable.Synapse });

        Assert.That(() => data.Read(), Throws.TypeOf<LabelTableException>().With.Message.Contains("77"));
    }

    [Test]
    public void Images_alone_have_no_label_column()
    {
        using var folder = new TempFolder().WritePhantoms(2);

        var data = Ml.Data.LoadSlices([folder.File("data/images/p1.nii.gz"), folder.File("data/images/p2.nii.gz")]);

        Assert.That(data.Schema.GetColumnOrNull("Label"), Is.Null);
        Assert.That(data.Read().Select(row => row.Case).Distinct(), Is.EqualTo(new[] { "p1", "p2" }));
    }

    [Test]
    public void Files_of_which_only_some_have_labels_are_refused_whichever_comes_first()
    {
        using var folder = new TempFolder();
        var (labelled, other) = (Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), new ushort[4]), Pair(folder, "b", new Geometry(1, 1, 4, Affine.Identity), new ushort[4]));
        var bare = other with { LabelPath = null! };

        Assert.That(() => Ml.Data.LoadSlices([labelled, bare]), Throws.ArgumentException.With.Message.Contains("'b'").And.Message.Contains("no label file"));
        Assert.That(() => Ml.Data.LoadSlices([bare, labelled]), Throws.ArgumentException.With.Message.Contains("'b'").And.Message.Contains("no label file"));
    }

    [Test]
    public void The_references_slices_belong_to_their_case()
    {
        var folder = TestData.Golden("pipeline/train_npz");
        var file = Path.Combine(folder, "case0005_slice007.npz");

        var labelled = Ml.Data.LoadSlices(folder).Read();
        var images = Ml.Data.LoadSlices([file]).Read();

        Assert.That(labelled.Select(row => (row.Case, row.Slice)), Is.EqualTo(Enumerable.Range(0, 10).Select(slice => ("case0005", slice))));
        Assert.That(labelled[7].Image, Is.EqualTo(VolumeFile.ReadImage(file).Voxels));
        Assert.That(labelled[7].Label, Is.EqualTo(VolumeFile.ReadLabels(file).Voxels.Select(id => (byte)id)));
        Assert.That((images.Single().Case, images.Single().Slice), Is.EqualTo(("case0005", 7)));
        Assert.That(images.Single().Image, Is.EqualTo(labelled[7].Image));
    }

    [Test]
    public void A_folder_of_the_references_h5_volumes_works_with_and_without_its_list()
    {
        var folder = TestData.Golden("pipeline/test_vol_h5");
        var list = TestData.Golden("pipeline/test_vol.txt");
        var volume = VolumeFile.ReadImage(Path.Combine(folder, "case0002.npy.h5"));

        var all = Ml.Data.LoadSlices(folder).Read();
        var listed = Ml.Data.LoadSlices(folder, new() { ListFile = list }).Read();

        Assert.That(all.Where(row => row.Case == "case0002").SelectMany(row => row.Image), Is.EqualTo(volume.Voxels));
        Assert.That(all.Where(row => row.Case == "case0002").Select(row => row.Slice), Is.EqualTo(Enumerable.Range(0, volume.Geometry.Depth)));
        Assert.That(listed.Select(row => row.Case).Distinct(), Is.EqualTo(File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0)));
    }

    [Test]
    public void Image_and_label_of_different_shape_are_refused_by_their_headers()
    {
        using var folder = new TempFolder();
        var file = Pair(folder, "a", new Geometry(2, 3, 4, Affine.Identity), new ushort[24]);
        VolumeFile.Write(file.LabelPath, new LabelVolume(new Geometry(2, 3, 5, Affine.Identity)));
        NpzFile.Write(folder.File("b.npz"), [new("image", NpyArray.Create(new float[6], 2, 3)), new("label", NpyArray.Create(new float[6], 3, 2))]);

        Assert.That(() => Ml.Data.LoadSlices([file]), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("shape").And.Message.Contains(file.LabelPath).And.Message.Contains(file.ImagePath));
        Assert.That(() => Ml.Data.LoadSlices([new LabelledFile("b", folder.File("b.npz"), folder.File("b.npz"))]), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("shape"));
    }

    [Test]
    public void Image_and_label_at_different_places_are_refused_by_their_headers()
    {
        using var folder = new TempFolder();
        var file = Pair(folder, "a", new Geometry(2, 3, 4, Affine.Identity), new ushort[24]);
        VolumeFile.Write(file.LabelPath, new LabelVolume(new Geometry(2, 3, 4, Affine.Identity with { M03 = 0.6 })));

        Assert.That(() => Ml.Data.LoadSlices([file]), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("place in the patient"));
    }

    [Test]
    public void A_voxel_without_a_value_is_refused_where_there_are_labels_to_learn_from()
    {
        using var folder = new TempFolder();
        var file = Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), new ushort[4]);
        VolumeFile.Write(file.ImagePath, new Volume<float>(new Geometry(1, 1, 4, Affine.Identity), [1, float.NaN, 3, 4]));

        Assert.That(() => Ml.Data.LoadSlices([file]).Read(), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("NaN").And.Message.Contains("x 1"));
        Assert.That(Ml.Data.LoadSlices([file.ImagePath]).Read().Single().Image[1], Is.NaN, "a prediction passes over it");
    }

    [Test]
    public void A_file_that_changed_since_its_header_was_read_is_refused()
    {
        var files = new MemoryFiles();
        var view = SliceDataView.Create(files.AddVolumes(1), new(), files);
        files.Replace("case0.img", Geometry.Unplaced(3, 4, 6));
        files.Replace("case0.lab", Geometry.Unplaced(3, 4, 6));

        using var cursor = view.Cursor("Image", "Label");
        cursor.MoveNext();

        Assert.That(() => cursor.Value<Microsoft.ML.Data.VBuffer<float>>("Image"), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("changed"));
        Assert.That(() => cursor.Value<Microsoft.ML.Data.VBuffer<byte>>("Label"), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("changed"));
    }

    [Test]
    public void A_volume_that_is_named_as_one_slice_is_refused()
    {
        using var folder = new TempFolder();
        NpzFile.Write(folder.File("a_slice003.npz"), [new("image", NpyArray.Create(new float[24], 2, 3, 4))]);

        Assert.That(() => Ml.Data.LoadSlices([folder.File("a_slice003.npz")]), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("slice 3"));
    }

    [Test]
    public void Missing_files_no_files_and_ambiguous_cases_are_refused()
    {
        using var folder = new TempFolder();
        var file = Pair(folder, "a", new Geometry(1, 1, 4, Affine.Identity), new ushort[4]);

        Assert.That(() => Ml.Data.LoadSlices(Array.Empty<LabelledFile>()), Throws.ArgumentException.With.Message.Contains("empty"));
        Assert.That(() => Ml.Data.LoadSlices(Array.Empty<string>()), Throws.ArgumentException.With.Message.Contains("empty"));
        Assert.That(() => Ml.Data.LoadSlices([folder.File("none.nii.gz")]), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.nii.gz"));
        Assert.That(() => Ml.Data.LoadSlices([file with { LabelPath = folder.File("none.nii.gz") }]), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.nii.gz"));
        Assert.That(() => Ml.Data.LoadSlices(folder.File("nowhere")), Throws.TypeOf<DirectoryNotFoundException>());
        Assert.That(() => Ml.Data.LoadSlices([file, file with { ImagePath = file.LabelPath }]), Throws.ArgumentException.With.Message.Contains("'a' is given twice").And.Message.Contains(file.LabelPath));
        Assert.That(() => Ml.Data.LoadSlices([file with { SliceIndex = 3 }, file with { SliceIndex = 3 }]), Throws.ArgumentException.With.Message.Contains("slice 3"));
        Assert.That(() => Ml.Data.LoadSlices([file with { SliceIndex = 3 }, file]), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(() => Ml.Data.LoadSlices([file with { Name = " " }]), Throws.ArgumentException.With.Message.Contains("no name"));
    }

    [Test]
    public void Options_out_of_range_are_all_named()
    {
        var options = new SliceDataOptions { Orientation = "RAA", VolumesInMemory = 0 };

        Assert.That(() => Ml.Data.LoadSlices(["x.nii"], options), Throws.ArgumentException.With.Message.Contains("RAA").And.Message.Contains("VolumesInMemory"));
        Assert.That(() => Ml.Data.LoadSlices(["x.nii"], new() { ListFile = "train.txt" }), Throws.ArgumentException.With.Message.Contains("train.txt"));
    }

    [Test]
    public void A_real_scan_and_its_labels_are_sliced_in_patient_axes()
    {
        var (image, label) = (TestData.Real("ct_nifti/example_ct_sm.nii.gz"), TestData.Real("ct_nifti/example_seg_fast.nii.gz"));
        var stored = VolumeFile.ReadImage(image);
        if (VolumeFile.Identify(label).Geometry.VoxelCount != stored.Geometry.VoxelCount)
        {
            label = TestData.Real("ct_nifti/example_seg.nii.gz");
        }
        var data = Ml.Data.LoadSlices([new LabelledFile("ct", image, label)], new() { Labels = LabelTable.TotalSegmentator });
        var expected = Orientation.Reorient(stored, "RAS");

        var rows = data.Read(new Random(1)).OrderBy(row => row.Slice).ToArray();

        Assert.That(rows.SelectMany(row => row.Image), Is.EqualTo(expected.Voxels));
        Assert.That(rows.SelectMany(row => row.Label), Is.EqualTo(Orientation.Reorient(LabelTable.TotalSegmentator.Map(VolumeFile.ReadLabels(label), label), "RAS").Voxels.Select(id => (byte)id)));
        Assert.That(rows.SelectMany(row => row.Label).Distinct().Count(), Is.GreaterThan(2));
        Assert.That(rows[0].SpacingZ, Is.EqualTo((float)expected.Geometry.SpacingMm.Z));
    }

    private static LabelledFile Pair(TempFolder folder, string name, Geometry grid, ushort[] labels)
    {
        var file = new LabelledFile(name, folder.File($"{name}_i.nii.gz"), folder.File($"{name}_l.nii.gz"));
        VolumeFile.Write(file.ImagePath, new Volume<float>(grid));
        VolumeFile.Write(file.LabelPath, new LabelVolume(grid, labels));
        return file;
    }
}
