using SAMed.MLNet.Estimators.Data;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class DataFolderTests
{
    [Test]
    public void Equally_named_pairs_are_found_in_order_of_their_names()
    {
        using var folder = Folder("images/b.nii.gz", "images/a.nii", "labels/a.nii.gz", "labels/b.nii.gz", "images/notes.txt");

        var data = DataFolder.Find(folder.Path);

        Assert.That(data.Kind, Is.EqualTo(SegmentationDataKind.Volumes));
        Assert.That(data.Cases, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(data.Files[0].ImagePath, Does.EndWith("a.nii"));
        Assert.That(data.Files[0].LabelPath, Does.EndWith("a.nii.gz"));
    }

    [TestCase("train_npz/a_slice000.npz", "train_npz/a_slice001.npz", "train_npz_224/a_slice000.npz")]
    [TestCase("train_npz_224/a_slice000.npz", "train_npz_224/a_slice001.npz", "all.txt")]
    [TestCase("train_vol_h5/a_slice000.npy.h5", "train_vol_h5/a_slice001.npy.h5", "train_vol_h5_224/a_slice000.npy.h5")]
    public void A_whole_preparation_stands_for_its_training_part_and_list(string first, string second, string other)
    {
        using var folder = Folder(first, second, other, "test_vol_h5/b.npy.h5", "lists/train.txt");
        File.WriteAllText(folder.File("lists/train.txt"), "a_slice001\n");

        var data = DataFolder.Find(folder.Path);

        Assert.That(data.Files.Select(file => file.ImagePath), Is.EqualTo(new[] { folder.File(second) }));
        Assert.That(data.ListFile, Is.EqualTo(folder.File("lists/train.txt")));
        Assert.That(data.Folder, Is.EqualTo(Path.GetDirectoryName(folder.File(second))));
    }

    [Test]
    public void Of_several_resized_preparations_none_is_guessed()
    {
        using var folder = Folder("train_npz_112/a_slice000.npz", "train_npz_224/a_slice000.npz");

        Assert.That(() => DataFolder.Find(folder.Path), Throws.TypeOf<DataFolderException>().With.Message.Contains("train_npz_112, train_npz_224"));
    }

    [Test]
    public void The_channel_suffix_of_nnU_Net_is_stripped()
    {
        using var folder = Folder("imagesTr/liver_001_0000.nii.gz", "labelsTr/liver_001.nii.gz");

        Assert.That(DataFolder.Find(folder.Path).Cases, Is.EqualTo(new[] { "liver_001" }));
    }

    [Test]
    public void A_number_at_the_end_of_a_name_is_no_channel_when_the_label_has_it_too()
    {
        using var folder = Folder("images/phantom_0001.nii.gz", "images/phantom_0002.nii.gz", "labels/phantom_0001.nii.gz", "labels/phantom_0002.nii.gz");

        Assert.That(DataFolder.Find(folder.Path).Cases, Is.EqualTo(new[] { "phantom_0001", "phantom_0002" }));
    }

    [Test]
    public void Two_channels_of_a_case_are_refused()
    {
        using var folder = Folder("imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz");

        Assert.That(() => DataFolder.Find(folder.Path), Throws.TypeOf<DataFolderException>().With.Message.Contains("a_0001").And.Message.Contains("channels"));
    }

    [Test]
    public void Every_file_without_a_partner_is_listed()
    {
        using var folder = Folder("images/a.nii.gz", "images/b.nii.gz", "labels/b.nii.gz", "labels/c.nii.gz");

        Assert.That(() => DataFolder.Find(folder.Path), Throws.TypeOf<DataFolderException>().With.Message.Contains("images/a.nii.gz").And.Message.Contains("labels/c.nii.gz"));
    }

    [Test]
    public void An_empty_folder_says_what_was_expected()
    {
        using var folder = new TempFolder();

        Assert.That(() => DataFolder.Find(folder.Path), Throws.TypeOf<DataFolderException>().With.Message.Contains("images/ and labels/"));
    }

    [Test]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.That(() => DataFolder.Find("/no/such/folder"), Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("/no/such/folder"));

    [Test]
    public void Slices_follow_the_list_and_belong_to_their_patients()
    {
        using var folder = Folder("case0005_slice001.npz", "case0005_slice000.npz", "case0006_slice007.npz");
        File.WriteAllText(folder.File("train.txt"), "case0006_slice007\ncase0005_slice001\n\n");

        var data = DataFolder.Find(folder.Path);

        Assert.That(data.Kind, Is.EqualTo(SegmentationDataKind.NormalizedSlices));
        Assert.That(data.Files.Select(file => (file.Name, file.SliceIndex)), Is.EqualTo(new (string, int?)[] { ("case0006", 7), ("case0005", 1) }));
    }

    [Test]
    public void Volumes_of_h5_hold_image_and_label()
    {
        using var folder = Folder("case0002.npy.h5", "case0001.npy.h5", "case0003.h5");
        File.WriteAllText(folder.File("list.txt"), "case0003\ncase0001\n");

        Assert.That(DataFolder.Find(folder.Path).Files.Select(file => (file.Name, file.SliceIndex)), Is.EqualTo(new (string, int?)[] { ("case0001", null), ("case0002", null), ("case0003", null) }));
        Assert.That(DataFolder.Find(folder.Path, folder.File("list.txt")).Cases, Is.EqualTo(new[] { "case0003", "case0001" }));
    }

    [Test]
    public void A_slice_of_the_list_that_is_not_there_is_named()
    {
        using var folder = Folder("case0005_slice000.npz");
        File.WriteAllText(folder.File("list.txt"), "case0005_slice000\ncase0005_slice009\n");

        Assert.That(() => DataFolder.Find(folder.Path, folder.File("list.txt")), Throws.TypeOf<DataFolderException>().With.Message.Contains("case0005_slice009.npz"));
    }

    [Test]
    public void A_list_that_is_not_there_is_named_with_its_option_and_the_folder()
    {
        using var folder = Folder("case0005_slice000.npz", "sub/list.txt");

        Assert.That(() => DataFolder.Find(folder.Path, folder.File("none.txt")), Throws.TypeOf<DataFolderException>()
            .With.Message.Contains("none.txt").And.Message.Contains("ListFile").And.Message.Contains(folder.Path).And.Message.Contains("leave it out"));
        Assert.That(() => DataFolder.Find(folder.Path, "sub/list.txt"), Throws.TypeOf<DataFolderException>().With.Message.Contains($"give {Path.Combine(folder.Path, "sub/list.txt")}"));
    }

    [Test]
    public void A_slice_that_the_list_names_twice_is_named_with_the_list()
    {
        using var folder = Folder("case0005_slice000.npz", "case0005_slice001.npz");
        File.WriteAllText(folder.File("train.txt"), "case0005_slice000\ncase0005_slice001\ncase0005_slice000\n");

        Assert.That(() => DataFolder.Find(folder.Path), Throws.TypeOf<DataFolderException>().With.Message.Contains($"case0005_slice000 is named more than once in {folder.File("train.txt")}"));
    }

    [Test]
    public void Left_out_cases_must_exist()
    {
        using var folder = Folder("images/a.nii.gz", "images/b.nii.gz", "labels/a.nii.gz", "labels/b.nii.gz");
        var data = DataFolder.Find(folder.Path);

        Assert.That(data.Without(["a"]).Cases, Is.EqualTo(new[] { "b" }));
        Assert.That(() => data.Without(["z"]), Throws.TypeOf<DataFolderException>().With.Message.Contains("z"));
        Assert.That(() => data.Without(["a", "b"]), Throws.TypeOf<DataFolderException>());
    }

    private static TempFolder Folder(params string[] files)
    {
        var folder = new TempFolder();
        foreach (var file in files)
        {
            var path = folder.File(file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
        return folder;
    }
}
