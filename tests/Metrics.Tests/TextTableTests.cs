namespace SAMed.MLNet.Metrics.Tests;

public class TextTableTests
{
    [Test]
    public void Columns_are_as_wide_as_their_widest_cell()
    {
        var table = new TextTable("organ", "n");
        table.Add("liver lobe", "7");
        table.AddRule();
        table.Add("all", "1234");
        Assert.That(table.ToString(), Is.EqualTo("organ          n\n----------------\nliver lobe     7\n----------------\nall         1234\n"));
    }

    [Test]
    public void Cells_left_out_leave_no_blanks()
    {
        var table = new TextTable("a", "b", "c");
        table.Add("x");
        Assert.That(table.ToString(), Is.EqualTo("a  b  c\n-------\nx\n"));
    }
}
