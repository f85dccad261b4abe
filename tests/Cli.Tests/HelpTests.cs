using SAMed.MLNet.Cli.Commands;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class HelpTests
{
    private static IEnumerable<string[]> CommandPaths()
    {
        using var host = new CliHost { Output = TextWriter.Null, Error = TextWriter.Null };
        var pending = new Queue<(string[] Path, System.CommandLine.Command Command)>(AllCommands.Create(host).Select(command => (new[] { command.Name }, command)));
        while (pending.TryDequeue(out var next))
        {
            yield return next.Path;
            foreach (var child in next.Command.Subcommands)
            {
                pending.Enqueue(([.. next.Path, child.Name], child));
            }
        }
    }

    [TestCaseSource(nameof(CommandPaths))]
    public void Every_command_explains_itself_and_all_its_options(params string[] path)
    {
        var run = CliRun.Of([.. path, "--help"]);
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(run.Output, Does.Contain("Usage:").And.Contain(string.Join(' ', path)));
        using var host = new CliHost { Output = TextWriter.Null, Error = TextWriter.Null };
        var command = path.Skip(1).Aggregate(AllCommands.Create(host).Single(one => one.Name == path[0]), (parent, name) => parent.Subcommands.Single(one => one.Name == name));
        Assert.That(command.Description, Is.Not.Empty);
        foreach (var option in command.Options)
        {
            Assert.That(run.Output, Does.Contain(option.Name));
            Assert.That(option.Description, Is.Not.Empty, option.Name);
        }
        foreach (var argument in command.Arguments)
        {
            Assert.That(argument.Description, Is.Not.Empty, argument.Name);
        }
        if (command.Subcommands.Count == 0)
        {
            Assert.That(run.Output, Does.Contain("Examples:").And.Contain($"samed {string.Join(' ', path)}"));
        }
    }

    [Test]
    public void Every_option_that_takes_a_number_says_so_when_it_gets_something_else([Values("abc", "224x224", "1,5", "")] string given)
    {
        using var host = new CliHost { Output = TextWriter.Null, Error = TextWriter.Null };
        var numbers = CommandPaths().SelectMany(path => path.Skip(1)
            .Aggregate(AllCommands.Create(host).Single(one => one.Name == path[0]), (parent, name) => parent.Subcommands.Single(one => one.Name == name))
            .Options.Where(option => (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is { IsPrimitive: true } type && type != typeof(bool))
            .Select(option => (Path: path, option.Name))).ToArray();
        Assert.That(numbers, Has.Length.GreaterThan(20));
        foreach (var (path, name) in numbers)
        {
            var run = CliRun.Of([.. path, name, given]);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Usage), $"{string.Join(' ', path)} {name} {given}: {run}");
            Assert.That(run.Error, Does.Contain(name).And.Contain(given), $"{string.Join(' ', path)} {name} {given}");
        }
    }

    [Test]
    public void The_program_lists_its_commands()
    {
        var run = CliRun.Of("--help");
        Assert.That(run.ExitCode, Is.Zero);
        foreach (var path in CommandPaths().Where(path => path.Length == 1))
        {
            Assert.That(run.Output, Does.Contain(path[0]));
        }
    }

    [Test]
    public void The_version_is_one_line()
    {
        var run = CliRun.Of("--version");
        Assert.That((run.ExitCode, run.Output), Is.EqualTo((0, $"samed {SamedApp.Version}{Environment.NewLine}")));
        Assert.That(SamedApp.Version, Does.Match(@"^\d+\.\d+\.\d+"));
    }

    [TestCase("doctor", "--jsn")]
    [TestCase("no-such-command")]
    [TestCase("doctor", "stray")]
    [TestCase("doctor", "--json")]
    public void A_wrong_command_line_is_a_usage_error_with_a_hint(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain(args[^1]));
        Assert.That(run.Error, Does.Contain("--help'"));
    }

    [Test]
    public void No_command_at_all_shows_the_help_and_is_a_usage_error()
    {
        var run = CliRun.Of();
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output + run.Error, Does.Contain("doctor"));
    }
}
