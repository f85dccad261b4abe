using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Tests.Runtime;

public sealed class NvidiaLibrariesTests
{
    [TestCase("Unable to load shared library '/t/lib/libtorch_cuda.so'.\nlibcudart.so.13: cannot open shared object file: No such file or directory\n", "libcudart.so.13")]
    [TestCase("/t/lib/libtorch_cuda.so: cannot open shared object file: No such file or directory", null)]
    [TestCase("/t/lib/libtorch_cuda.so: undefined symbol: x", null)]
    public void Reads_which_library_the_linker_misses(string message, string? expected) => Assert.That(NvidiaLibraries.MissingIn(message), Is.EqualTo(expected));

    [Test]
    public void Finds_it_in_the_python_packages_beside_libtorch()
    {
        using var packages = new TempFolder();
        var torch = Directory.CreateDirectory(packages.File(Path.Combine("torch", "lib"))).FullName;
        Assert.That(NvidiaLibraries.Find(torch, "libcudart.so.13"), Is.Null);
        Directory.CreateDirectory(packages.File(Path.Combine("nvidia", "cublas", "lib")));
        var lib = Directory.CreateDirectory(packages.File(Path.Combine("nvidia", "cu13", "lib"))).FullName;
        var file = Path.Combine(lib, "libcudart.so.13");
        File.WriteAllText(file, "");

        Assert.That(NvidiaLibraries.Find(torch, "libcudart.so.13"), Is.EqualTo(file));
        Assert.That(NvidiaLibraries.Find(torch, "libcudart.so.12"), Is.Null);
    }

    [Test]
    public void A_library_that_is_nowhere_stays_an_error()
    {
        using var packages = new TempFolder();
        var torch = Directory.CreateDirectory(packages.File(Path.Combine("torch", "lib"))).FullName;

        Assert.That(() => NvidiaLibraries.LoadWith(torch, Path.Combine(torch, "libabsent.so")), Throws.TypeOf<DllNotFoundException>());
    }
}
