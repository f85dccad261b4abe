using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class CliConsoleTests
{
    private const char Escape = '\u001b';
    private StringWriter _output = null!;
    private StringWriter _error = null!;
    private CliHost _host = null!;
    private CliConsole _console = null!;

    [SetUp]
    public void MakeConsole()
    {
        (_output, _error) = (new StringWriter(), new StringWriter());
        _host = new CliHost { Output = _output, Error = _error };
        _console = new CliConsole(_host);
    }

    [TearDown]
    public void Dispose()
    {
        _host.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Test]
    public void Without_a_terminal_everything_is_plain_text()
    {
        _console.Heading("[Scores]");
        _console.Warn("low [contrast]");
        _console.Table(["organ", "Dice"], [["liver [5]", "0.9"]]);
        _console.Progress("Reading", 2, progress =>
        {
            progress.Advance("a");
            progress.Advance("b");
        });
        Assert.Multiple(() =>
        {
            Assert.That(_output.ToString() + _error, Does.Not.Contain(Escape.ToString()));
            Assert.That(_output.ToString(), Does.Contain("[Scores]").And.Contain("| liver [5] |").And.Not.Contain("Reading"));
            Assert.That(_error.ToString(), Does.Contain("warning: low [contrast]").And.Contain("Reading 2/2").And.Contain("b"));
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Names_from_files_cannot_command_the_terminal(bool terminal)
    {
        using var host = new CliHost { Output = _output, Error = _error, OutputIsTerminal = terminal, ErrorIsTerminal = terminal, Variable = _ => "1" };
        var console = new CliConsole(host);
        var name = $"a{Escape}]0;owned\a{(char)0x9b}31mb\rc";
        console.Line(name + "\tnext\r\nline");
        console.Heading(name);
        console.Warn(name);
        console.Note(name);
        console.Table([name], [[name]]);
        Assert.Multiple(() =>
        {
            Assert.That(_output.ToString() + _error, Does.Not.Contain($"{Escape}]").And.Not.Contain("\a").And.Not.Contain(((char)0x9b).ToString()).And.Not.Contain("\rc"));
            Assert.That(_output.ToString(), Does.Contain(@"a\u001b]0;owned\u0007\u009b31mb\u000dc" + "\tnext\r\nline"));
            Assert.That(_error.ToString(), Does.Contain(@"warning: a\u001b]0;owned"));
        });
    }

    [Test]
    public void Wide_tables_are_not_folded_in_a_file()
    {
        _console.Table(["tensor", "shape"], [[new string('n', 120), "4x768"]], text: true);
        Assert.That(_output.ToString(), Does.Contain(new string('n', 120)));
    }

    [Test]
    public void No_color_is_respected_on_a_terminal()
    {
        using var host = new CliHost { Output = _output, Error = _error, OutputIsTerminal = true, ErrorIsTerminal = true, Variable = name => name == "NO_COLOR" ? "1" : null };
        new CliConsole(host).Warn("colourless");
        Assert.That(_error.ToString(), Does.Contain("colourless").And.Not.Contain($"{Escape}[3"));
    }

    [Test]
    public void Undefined_numbers_are_null_in_json()
    {
        using var folder = new TempFolder();
        JsonFile.Write(folder.File("x.json"), new { Loss = double.NaN, Dice = (double?)0.5 });
        Assert.That(File.ReadAllText(folder.File("x.json")), Does.Contain("\"loss\": null").And.Contain("\"dice\": 0.5"));
    }
}
