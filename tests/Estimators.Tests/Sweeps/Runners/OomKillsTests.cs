using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests.Sweeps.Runners;

/// <summary>The kernel's counts of processes that it killed for their memory.</summary>
public class OomKillsTests
{
    [TestCase("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n", 2)]
    [TestCase("nr_free_pages 8\noom_kill 17\n", 17)]
    [TestCase("nr_free_pages 8\n", null)]
    public void The_count_is_the_line_of_that_name(string text, long? expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("counts"), text);

        Assert.That(OomKills.CountIn(folder.File("counts")), Is.EqualTo(expected));
    }

    [Test]
    public void A_machine_without_the_file_counts_nothing() => Assert.That(OomKills.CountIn("/nowhere/memory.events"), Is.Null);
}
