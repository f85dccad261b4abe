using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Tests.Runtime;

public sealed class ImmediateBindingTests
{
    [Test]
    public void The_binding_finds_every_function_that_it_calls()
    {
        var info = LibTorch.Load();

        Assert.That(() => ImmediateBinding.Load(info.BindingFile), Throws.Nothing);
    }

    [Test]
    public void A_file_that_is_no_library_is_an_error_of_the_linker()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("lib.so"), "no library");

        Assert.That(() => ImmediateBinding.Load(folder.File("lib.so")), Throws.TypeOf<DllNotFoundException>().With.Message.Contains("lib.so"));
        Assert.That(() => BindingLibrary.Load(folder.File("lib.so"), everySymbol: true), Throws.TypeOf<LibTorchLoadException>().With.Message.Contains("lib.so"));
    }

    [Test]
    [Platform("Linux")]
    public void A_missing_function_is_named()
    {
        using var folder = new TempFolder();
        // A name of the same length in the place of one that the binding imports: a function that no library has.
        var content = File.ReadAllBytes(LibTorch.Load().BindingFile);
        var at = content.AsSpan().IndexOf("_ZN2at4_ops10add_Tensor4call"u8);
        Assert.That(at, Is.Positive);
        "_ZN2at4_ops10nay_Tensor4call"u8.CopyTo(content.AsSpan(at));
        File.WriteAllBytes(folder.File("binding.so"), content);

        Assert.That(() => BindingLibrary.Load(folder.File("binding.so"), everySymbol: true), Throws.TypeOf<LibTorchLoadException>().With.Message.Contains("nay_Tensor"));
    }
}
