using System.Diagnostics;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Tests;

/// <summary>Destinations that are no plain file.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "Links need a privilege there, and device nodes are Unix's.")]
public class AtomicFileTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void A_link_stays_and_its_target_is_written()
    {
        Directory.CreateDirectory(_folder.File("store"));
        File.WriteAllText(_folder.File("store/real"), "old");
        File.CreateSymbolicLink(_folder.File("store/second"), "real");
        File.CreateSymbolicLink(_folder.File("first"), "store/second");

        AtomicFile.WriteText(_folder.File("first"), "new");

        Assert.That(File.ReadAllText(_folder.File("store/real")), Is.EqualTo("new"));
        Assert.That(new FileInfo(_folder.File("first")).LinkTarget, Is.EqualTo("store/second"));
        Assert.That(new FileInfo(_folder.File("store/second")).LinkTarget, Is.EqualTo("real"));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories), Has.Length.EqualTo(4));
    }

    [Test]
    public void The_target_of_a_link_need_not_exist()
    {
        File.CreateSymbolicLink(_folder.File("link"), "new/file");
        AtomicFile.WriteText(_folder.File("link"), "new");
        Assert.That(File.ReadAllText(_folder.File("new/file")), Is.EqualTo("new"));
    }

    [Test]
    public void Links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(_folder.File("a"), "b");
        File.CreateSymbolicLink(_folder.File("b"), "a");
        Assert.That(() => AtomicFile.WriteText(_folder.File("a"), "x"), Throws.InstanceOf<IOException>().With.Message.Contains("circle"));
    }

    [TestCase("/dev/null", true)]
    [TestCase("/dev/stdout", true)]
    [TestCase("/dev/fd/1", true)]
    [TestCase("/proc/self/fd/1", true)]
    [TestCase("/dev/shm/scores.json", false)]
    [TestCase("/device/null", false)]
    [TestCase("/home/dev/null", false)]
    public void Devices_are_known_by_their_folder(string path, bool expected) => Assert.That(FilePath.IsBelowDeviceFolder(path), Is.EqualTo(expected));

    [Test]
    public void Ordinary_files_and_missing_ones_are_not_special()
    {
        File.WriteAllText(_folder.File("empty"), "");
        Assert.That(FilePath.IsSpecial(_folder.File("empty")), Is.False);
        Assert.That(FilePath.IsSpecial(_folder.File("none")), Is.False);
    }

    [Test]
    public void A_device_is_written_to_and_stays()
    {
        MakeNode("mknod", _folder.File("null"), "c", "1", "3");
        Assert.That(FilePath.IsSpecial(_folder.File("null")));
        try
        {
            AtomicFile.WriteText(_folder.File("null"), "gone");
        }
        catch (UnauthorizedAccessException)
        {
            Assert.Ignore("Devices cannot be opened on this file system.");
        }
        Assert.That(FilePath.IsSpecial(_folder.File("null")));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task A_pipe_hands_the_bytes_to_its_reader(CancellationToken cancellation)
    {
        MakeNode("mkfifo", _folder.File("pipe"));
        var reading = Task.Run(() => File.ReadAllText(_folder.File("pipe")), cancellation);
        await Task.Run(() => AtomicFile.WriteText(_folder.File("pipe"), "through"), cancellation).WaitAsync(cancellation);
        Assert.That(await reading.WaitAsync(cancellation), Is.EqualTo("through"));
    }

    private static void MakeNode(string program, params string[] args)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            process.WaitForExit();
            Assume.That(process.ExitCode, Is.Zero, "Special files cannot be made here.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"There is no {program} here.");
        }
    }
}
