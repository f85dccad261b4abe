using NUnit.Framework;

namespace SAMed.MLNet.TestKit;

/// <summary>Tests on the reference's end-to-end run, each with an empty folder to write into.</summary>
[Category("Golden")]
public abstract class OnGoldenPipeline
{
    /// <summary>The reference's run.</summary>
    protected GoldenPipeline Golden { get; private set; } = null!;

    /// <summary>An empty folder, which is gone after the test.</summary>
    protected TempFolder Folder { get; private set; } = null!;

    /// <summary>Before each test.</summary>
    [SetUp]
    public void Open()
    {
        Golden = GoldenPipeline.Open();
        Folder = new TempFolder();
    }

    /// <summary>After each test, also one that was skipped because the reference's files are absent.</summary>
    [TearDown]
    public void Close()
    {
        Folder?.Dispose();
        Golden?.Dispose();
    }
}
