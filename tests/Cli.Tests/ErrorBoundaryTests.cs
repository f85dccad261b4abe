using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class ErrorBoundaryTests
{
    private StringWriter _error = null!;
    private CliHost _host = null!;

    [SetUp]
    public void MakeHost()
    {
        _error = new StringWriter();
        _host = new CliHost { Output = TextWriter.Null, Error = _error };
    }

    [TearDown]
    public void Dispose()
    {
        _host.Dispose();
        _error.Dispose();
    }

    [Test]
    public void An_expected_error_is_one_message_without_stack_trace()
    {
        var code = ErrorBoundary.Guard(_host, false, () => throw new CommandFailedException("It is so. Do this."));
        Assert.That((code, _error.ToString().Trim()), Is.EqualTo((1, "samed: It is so. Do this.")));
    }

    [Test]
    public void A_usage_error_exits_with_2() =>
        Assert.That(ErrorBoundary.Guard(_host, false, () => throw new UsageException("Not both.")), Is.EqualTo(2));

    [Test]
    public void Verbose_adds_the_stack_trace()
    {
        _ = ErrorBoundary.Guard(_host, true, () => throw new CommandFailedException("It is so."));
        Assert.That(_error.ToString(), Does.Contain(nameof(Verbose_adds_the_stack_trace)).And.Contain("samed: It is so."));
    }

    [Test]
    public void An_unexpected_error_says_so()
    {
        var code = ErrorBoundary.Guard(_host, false, () => throw new InvalidOperationException("surprise"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(_error.ToString(), Does.Contain("internal error").And.Contain("surprise").And.Contain("--verbose"));
    }

    [TestCase(ExitCodes.Interrupted)]
    [TestCase(ExitCodes.Terminated)]
    public void A_stopped_run_exits_with_its_signals_code(int exitCode)
    {
        var code = ErrorBoundary.Guard(_host, false, () =>
        {
            _host.Cancel(exitCode);
            _host.Cancellation.ThrowIfCancellationRequested();
            return 0;
        });
        Assert.That(code, Is.EqualTo(exitCode));
    }
}
