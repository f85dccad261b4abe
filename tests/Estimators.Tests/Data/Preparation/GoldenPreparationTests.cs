using NUnit.Framework;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Hdf5;
using SAMed.MLNet.Imaging.Numpy;
using SAMed.MLNet.TestKit;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Data.Preparation;

/// <summary>Against the files that the reference's own scripts wrote.</summary>
[Category("Golden")]
internal sealed class GoldenPreparationTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Training_slices_and_test_volumes_equal_the_references_in_names_order_types_shapes_and_values()
    {
        var golden = TestData.Golden("pipeline");

        var result = DataPreparation.Execute(Synapse(golden));

        Assert.Multiple(() =>
        {
            AssertSameFiles(Path.Combine(golden, "train_npz"), result.TrainingFolder, NpzArrays);
            AssertSameFiles(Path.Combine(golden, "test_vol_h5"), result.TestFolder, H5Arrays);
        });
    }

    [Test]
    public void The_test_list_has_the_published_order()
    {
        var golden = TestData.Golden("pipeline");

        var result = DataPreparation.Execute(Synapse(golden));

        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(Path.Combine(result.ListFolder, "test_vol.txt")), Is.EqualTo(File.ReadAllText(Path.Combine(golden, "test_vol.txt"))));
            Assert.That(File.ReadAllLines(Path.Combine(result.ListFolder, "train.txt")),
                Is.EqualTo(Directory.GetFiles(Path.Combine(golden, "train_npz")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)));
            Assert.That(File.ReadAllLines(Path.Combine(result.ListFolder, "all.txt")),
                Is.EqualTo(Directory.GetFiles(Path.Combine(golden, "raw", "img")).Select(path => $"case{VolumeFile.CaseName(path)[3..]}.npy.h5").Order(StringComparer.Ordinal)));
        });
    }

    [Test]
    public void Slices_of_512_become_the_references_224_with_its_zero_edge_and_keep_their_names()
    {
        using var expected = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_512_224.npz"));
        var label = expected["lab512"].ToSingle();
        NpzFile.Write(_folder.File("train_npz/case0005_slice07.npz"),
            [new("label", NpyArray.Create(label, 512, 512)), new("image", NpyArray.Create(expected["img512"].ToSingle(), 512, 512))]);

        var result = DataPreparation.Execute(DataPreparationPresets.Synapse(_folder.File("out")) with { Data = _folder.File("train_npz"), LabelTable = null, Size = 224 });

        var slice = Path.Combine(_folder.File("out"), "train_npz_224", "case0005_slice07.npz");
        Assert.That(result.TrainingFolder, Is.EqualTo(Path.GetDirectoryName(slice)));
        using var got = NpzFile.Open(slice);
        Assert.Multiple(() =>
        {
            Assert.That(got["image"].As<float>(), Is.EqualTo(expected["img512_to224_o3"].ToSingle()).Within(1e-6));
            Assert.That(got["label"].As<float>(), Is.EqualTo(expected["lab512_to224_o0"].ToSingle()));
        });
    }

    [Test]
    public void The_exact_edge_leaves_no_zero_row()
    {
        using var source = NpzFile.Open(TestData.Golden("zoom_rotate/zoom_512_224.npz"));
        NpzFile.Write(_folder.File("train_npz/case0005_slice000.npz"),
            [new("label", NpyArray.Create(new float[512 * 512], 512, 512)), new("image", NpyArray.Create(source["img512"].ToSingle(), 512, 512))]);

        var result = DataPreparation.Execute(new() { Data = _folder.File("train_npz"), Output = _folder.File("out"), Size = 224, ZoomEdge = ZoomEdge.Exact });

        using var got = NpzFile.Open(Path.Combine(result.TrainingFolder, "case0005_slice000.npz"));
        Assert.That(got["image"].As<float>().TakeLast(224), Has.Some.Not.Zero);
    }

    private DataPreparationOptions Synapse(string golden) => DataPreparationPresets.Synapse(_folder.File("out")) with
    {
        Images = Path.Combine(golden, "raw", "img"),
        Labels = Path.Combine(golden, "raw", "label"),
    };

    private static void AssertSameFiles(string expected, string got, Func<string, IReadOnlyList<KeyValuePair<string, NpyArray>>> read)
    {
        var names = Directory.GetFiles(expected).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).AtLeastOne().ToArray();
        Assert.That(Directory.GetFiles(got).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal), Is.EqualTo(names));
        foreach (var name in names)
        {
            var (reference, ours) = (read(Path.Combine(expected, name)), read(Path.Combine(got, name)));
            Assert.That(ours.Select(pair => $"{pair.Key} {pair.Value}"), Is.EqualTo(reference.Select(pair => $"{pair.Key} {pair.Value}")), name);
            foreach (var (one, other) in reference.Zip(ours))
            {
                Assert.That(other.Value.As<float>(), Is.EqualTo(one.Value.As<float>()), $"{name} {one.Key}");
            }
        }
    }

    private static KeyValuePair<string, NpyArray>[] NpzArrays(string path)
    {
        using var file = NpzFile.Open(path);
        return [.. file.Names.Select(name => KeyValuePair.Create(name, file[name]))];
    }

    private static KeyValuePair<string, NpyArray>[] H5Arrays(string path) =>
        [.. Hdf5File.Names(path).Order(StringComparer.Ordinal).Select(name => KeyValuePair.Create(name, Hdf5File.Read(path, name)))];
}
