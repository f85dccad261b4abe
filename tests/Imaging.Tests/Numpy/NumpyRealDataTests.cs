using SAMed.MLNet.Imaging.Numpy;

namespace SAMed.MLNet.Imaging.Tests.Numpy;

[Category("RealData")]
public sealed class NumpyRealDataTests
{
    [Test]
    public void Numeric_files_read_as_NumPy_reads_them()
    {
        var files = Expected.Files("npy/").Where(file => file.Name.EndsWith(".npy", StringComparison.Ordinal)).ToList();
        var compared = 0;
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, path, expected) in files)
            {
                if (expected.TryGetProperty("numpy_error", out _) || expected.GetProperty("dtype").GetString()!.StartsWith('['))
                {
                    Assert.That(() => NpyFile.Read(path), Throws.TypeOf<VolumeFormatException>(), name);
                    continue;
                }
                var array = NpyFile.Read(path);
                Assert.That(array.Shape, Is.EqualTo(expected.Ints("shape")), name);
                Assert.That(Expected.Sha256(ArrayBytes.Of(array)), Is.EqualTo(expected.GetProperty("sha256_c_le").GetString()), name);
                compared++;
            }
        }
        Assert.That(compared, Is.GreaterThan(5));
    }

    [TestCase("npy/numsharp/compressed.npz")]
    [TestCase("npy/numsharp/multi.npz")]
    public void Archives_read_as_NumPy_reads_them(string name)
    {
        var (_, path, expected) = Expected.Files(name).Single();
        using var archive = NpzFile.Open(path);
        Assert.That(archive.Names, Is.EquivalentTo(expected.EnumerateObject().Select(property => property.Name)));
        foreach (var array in expected.EnumerateObject().AtLeastOne())
        {
            Assert.That(archive[array.Name].Shape, Is.EqualTo(array.Value.Ints("shape")));
            Assert.That(Expected.Sha256(ArrayBytes.Of(archive[array.Name])), Is.EqualTo(array.Value.GetProperty("sha256_c_le").GetString()));
        }
    }

    [TestCase("py2-np0-objarr.npy")]
    [TestCase("py2-objarr.npy")]
    [TestCase("py3-objarr.npy")]
    public void Object_arrays_are_refused(string name)
    {
        var path = TestData.Real("npy/numpy/" + name);
        Assert.That(() => NpyFile.Read(path), Throws.TypeOf<VolumeFormatException>().With.Message.Contains("Python objects"));
    }

    [TestCase("py2-objarr.npz")]
    [TestCase("py3-objarr.npz")]
    public void Object_arrays_in_archives_are_refused(string name)
    {
        using var archive = NpzFile.Open(TestData.Real("npy/numpy/" + name));
        Assert.That(() => archive[archive.Names[0]], Throws.TypeOf<VolumeFormatException>().With.Message.Contains("Python objects"));
    }
}
