namespace SAMed.MLNet.Packages.Tests.Documentation;

internal sealed class PageProgramTests
{
    private static readonly string[] Pages =
        ["README.md", "docs/checkpoints.md", "docs/ml-net.md", "docs/prediction.md", "docs/test-protocol.md", .. PackageContentTests.Folders.Select(folder => $"src/{folder}/README.md")];

    [TestCaseSource(nameof(Pages))]
    public void The_C_sharp_of_a_page_compiles(string page)
    {
        var blocks = PageProgram.BlocksOf(File.ReadAllText(Path.Combine(TestData.RepositoryRoot, page))).AtLeastOne();
        Assert.That(PageProgram.ErrorsOf(page, blocks), Is.Empty);
    }

    [Test]
    public void An_error_names_the_page_and_its_line()
    {
        const string Page = "# A page\n\n```csharp\nvar one = 1;\n```\n\nand then\n\n```csharp\nusing System.Text;\n\nvar text = new StringBuilder();\ntext.Append(two);\n```\n";
        Assert.That(PageProgram.ErrorsOf("page.md", PageProgram.BlocksOf(Page)), Has.One.Items.And.All.StartsWith("page.md:13: CS0103"));
    }

    [Test]
    public void Later_blocks_see_variables_and_types_of_the_whole_page()
    {
        const string Page = "```csharp\nvar row = new Row { Value = 3 };\n```\n```sh\nnot C#\n```\n```csharp\nConsole.WriteLine(row.Value);\n\nclass Row { public int Value { get; set; } }\n```\n";
        var blocks = PageProgram.BlocksOf(Page);
        Assert.That(blocks.Select(block => block.Line), Is.EqualTo((int[])[2, 8]));
        Assert.That(PageProgram.ErrorsOf("page.md", blocks), Is.Empty);
    }
}
