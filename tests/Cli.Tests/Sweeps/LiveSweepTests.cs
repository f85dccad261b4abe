using SAMed.MLNet.Cli.Sweeps;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Tests.Sweeps;

/// <summary>What the table of a running sweep shows.</summary>
internal sealed class LiveSweepTests
{
    private static TrialSettings Settings(int id, int? until = null) => new() { TrialId = id, Parameter = new([new("rank", id + 1)]), Seed = 1, UntilEpoch = until, StartedAtUtc = DateTime.UtcNow.AddSeconds(-10) };

    private static TrialResult Result(int id, double dice, int? until = null) => new() { TrialSettings = Settings(id, until), Metric = dice, DurationInMilliseconds = 12_000 };

    [Test]
    public void A_row_says_trial_parameters_state_Dice_and_time()
    {
        var board = new SweepBoard(4, 10, 1);
        board.ReportCompletedTrial(Result(0, 0.5));
        board.ReportBestTrial(Result(0, 0.5));
        board.ReportRunningTrial(Settings(1));
        board.ReportProgress(Settings(1), new(1, 10, 0.25));
        board.ReportRunningTrial(Settings(2));
        board.ReportFailTrial(Settings(2), new TrialFailedException("no\nmore"));
        board.ReportCompletedTrial(Result(3, 0.4, until: 3));

        string[][] cells = [.. board.Rows().Select(LiveSweep.Cells)];

        Assert.Multiple(() =>
        {
            Assert.That(cells[0], Is.EqualTo(new[] { "0", "rank=1", "1", "done", "0.5000", "0:12", "best" }));
            Assert.That(cells[1][..5], Is.EqualTo(new[] { "1", "rank=2", "1", "epoch 1/10", "0.2500" }));
            Assert.That(cells[1][5], Does.Match(@"^1:3\d left$"), "nine epochs of ten seconds");
            Assert.That(cells[2], Is.EqualTo(new[] { "2", "rank=3", "1", "failed", "-", "", "no" }));
            Assert.That(cells[3][3], Is.EqualTo("paused at 3"));
        });
    }

    [Test]
    public void The_caption_counts_what_is_done_and_estimates_the_rest()
    {
        var board = new SweepBoard(3, 10, 2);
        board.ReportRunningTrial(Settings(0));
        board.ReportProgress(Settings(0), new(5, 10, 0.25));

        var caption = LiveSweep.Caption(board, board.Rows(), shown: 1);

        // One epoch was seen to take ten seconds; 25 are left, two at a time.
        Assert.That(caption, Does.Contain("0 of 3 done, 0 failed, 1 running").And.Match("about 2:0[5-9] left"));
    }

    [Test]
    public void A_small_window_shows_what_runs_and_the_best()
    {
        var board = new SweepBoard(10, 10, 1);
        for (var id = 0; id < 8; id++)
        {
            board.ReportCompletedTrial(Result(id, 0.1));
        }
        board.ReportBestTrial(Result(2, 0.1));
        board.ReportRunningTrial(Settings(8));

        Assert.That(LiveSweep.Choose(board.Rows(), room: 4).Select(row => row.Trial), Is.EqualTo(new[] { 2, 6, 7, 8 }));
    }
}
