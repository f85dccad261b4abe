using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Tests;

[TestFixture]
public class ResultsFileTests
{
    [Test]
    public void What_is_unfinished_leaves_the_earlier_table_alone()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("day.md"), "earlier");
        var file = new ResultsFile(folder.Path, "day");

        file.Write("some");

        Assert.That(File.ReadAllText(folder.File("day.md")), Is.EqualTo("earlier"));
        Assert.That(File.ReadAllText(file.Unfinished), Is.EqualTo("some"));
        Assert.That(file.Finish(), Is.EqualTo(folder.File("day.md")));
        Assert.That(File.ReadAllText(folder.File("day.md")), Is.EqualTo("some"));
        Assert.That(File.Exists(file.Unfinished), Is.False);
    }

    [Test]
    public void A_quick_run_is_written_only_where_it_is_told_to()
    {
        Assert.That(ResultsFile.For(BenchOptions.Parse(["--quick"])), Is.Null);
        Assert.That(ResultsFile.For(BenchOptions.Parse(["--quick", "--results", "somewhere"])), Is.Not.Null);
    }
}
