using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Tests.Runtime;

[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class BindingLibraryTests
{
    [Test]
    public void The_compatible_copy_differs_in_two_bytes()
    {
        var shipped = File.ReadAllBytes(NativeFolders.FindBinding());
        var copy = BindingLibrary.CompatibleContent(NativeFolders.FindBinding());

        Assert.That(copy, Has.Length.EqualTo(shipped.Length));
        Assert.That(copy.Zip(shipped).Count(pair => pair.First != pair.Second), Is.EqualTo(2));
    }

    [Test]
    public void Refuses_a_version_that_other_symbols_need_too()
    {
        var shipped = File.ReadAllBytes(NativeFolders.FindBinding());

        Assert.That(() => ElfVersionNeed.MakeOptional(shipped, "GLIBCXX_3.4", "_ZSt21ios_base_library_initv"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("expected"));
        Assert.That(() => ElfVersionNeed.MakeOptional(shipped, "GLIBCXX_9.9", "x"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("GLIBCXX_9.9"));
    }

    [Test]
    public void Refuses_a_file_that_is_no_library_or_is_cut_off()
    {
        var shipped = File.ReadAllBytes(NativeFolders.FindBinding());

        Assert.That(() => ElfVersionNeed.MakeOptional("no library"u8, "v", "s"), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => ElfVersionNeed.MakeOptional(shipped.AsSpan(0, shipped.Length / 2), "v", "s"), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void The_cache_is_private_and_mends_a_file_that_was_tampered_with()
    {
        using var folder = new TempFolder();
        var root = folder.File("cache");
        var path = PrivateCache.Provide(root, "lib.so", [1, 2, 3]);
        File.WriteAllBytes(path, [1, 2, 4]);

        Assert.That(PrivateCache.Provide(root, "lib.so", [1, 2, 3]), Is.EqualTo(path));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(PrivateCache.Provide(root, "lib.so", [9]), Is.Not.EqualTo(path));
        Assert.That(File.GetUnixFileMode(root), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public void A_cache_folder_that_is_a_link_is_refused()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("elsewhere"));
        File.CreateSymbolicLink(folder.File("cache"), folder.File("elsewhere"));

        Assert.That(() => PrivateCache.Provide(folder.File("cache"), "lib.so", [1]), Throws.InstanceOf<IOException>().With.Message.Contains("link"));
    }

    [Test]
    public void Writers_at_the_same_time_all_get_the_whole_file()
    {
        using var folder = new TempFolder();
        var content = new byte[1 << 16];
        content.AsSpan().Fill(7);
        var paths = new string[8];
        Parallel.For(0, paths.Length, i => paths[i] = PrivateCache.Provide(folder.File("cache"), "lib.so", content));

        Assert.That(paths.Distinct().Count(), Is.EqualTo(1));
        Assert.That(File.ReadAllBytes(paths[0]), Is.EqualTo(content));
    }
}
