using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;

namespace SAMed.MLNet.Modeling.Tests.Runtime;

public sealed class LibTorchTests
{
    [Test]
    public void Loads_by_itself_and_computes()
    {
        var info = LibTorch.Load();
        TestContext.Out.WriteLine(info + " " + string.Join(" | ", info.Devices.Concat(info.Notes)));
        using var sum = torch.ones(3, 4).sum();

        Assert.That(sum.item<float>(), Is.EqualTo(12f));
        Assert.That(info.Version, Does.StartWith("2.10."));
        Assert.That(info.Devices, Does.Contain("cpu"));
        Assert.That(info.Threads, Is.GreaterThan(0));
        Assert.That(File.Exists(info.BindingFile), Is.True);
    }

    [Test]
    public void Returns_the_same_answer_on_every_thread()
    {
        var first = LibTorch.Load();
        var answers = new LibTorchInfo[8];
        Parallel.For(0, answers.Length, i => answers[i] = LibTorch.Load());

        Assert.That(answers, Is.All.SameAs(first));
    }

    [Test]
    public void Takes_the_folder_that_is_loaded_already_and_refuses_another()
    {
        var info = LibTorch.Load();
        using var other = new TempFolder();
        foreach (var name in NativeNames.Required)
        {
            File.WriteAllText(other.File(name), "");
        }

        Assert.That(LibTorch.Load(info.Folder), Is.SameAs(info));
        Assert.That(() => LibTorch.Load(other.Path), Throws.TypeOf<LibTorchLoadException>().With.Message.Contains(info.Folder));
    }

    [Test]
    public void Names_the_libraries_that_a_folder_lacks()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File(NativeNames.Required[0]), "");

        Assert.That(() => NativeFolders.CheckOwn(folder.Path), Throws.TypeOf<LibTorchLoadException>()
            .With.Message.Contains(NativeNames.Required[1]).And.Message.Contains(NativeNames.Required[2]));
        Assert.That(() => NativeFolders.CheckOwn(folder.File("absent")), Throws.TypeOf<LibTorchLoadException>().With.Message.Contains("does not exist"));
    }

    [Test]
    public void Takes_the_lib_folder_of_an_unpacked_libtorch()
    {
        using var folder = new TempFolder();
        var lib = Directory.CreateDirectory(folder.File("lib")).FullName;
        foreach (var name in NativeNames.Required)
        {
            File.WriteAllText(Path.Combine(lib, name), "");
        }

        Assert.That(NativeFolders.CheckOwn(folder.Path), Is.EqualTo(lib));
    }

    [Test]
    public void A_second_libtorch_where_dotnet_would_find_it_is_refused()
    {
        using var own = new TempFolder();
        using var searched = new TempFolder();
        Assert.That(() => NativeFolders.RefuseSecond(own.Path, [searched.Path]), Throws.Nothing);
        File.WriteAllText(searched.File(NativeNames.File("torch_cpu")), "");

        Assert.That(() => NativeFolders.RefuseSecond(own.Path, [searched.Path]), Throws.TypeOf<LibTorchLoadException>().With.Message.Contains(searched.Path));
        Assert.That(() => NativeFolders.RefuseSecond(searched.Path, [searched.Path + Path.DirectorySeparatorChar]), Throws.Nothing);
    }

    [TestCase(0x020A000000000000UL, "2.10.0")]
    [TestCase(0x0207010000000000UL, "2.7.1")]
    public void Reads_the_packed_version(ulong packed, string expected) => Assert.That(LibTorchVersion.Describe(packed), Is.EqualTo(expected));

    [Test]
    public void Another_version_is_taken_when_it_is_asked_for_only()
    {
        Assert.That(LibTorchVersion.IsTested("2.10.3"), Is.True);
        Assert.That(LibTorchVersion.IsTested("2.11.0"), Is.False);
        Assert.That(LibTorchVersion.IsTested("2.1.0"), Is.False);
    }
}
