using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Sweeps;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed sweep</c>.</summary>
internal sealed class SweepCommand
{
    private readonly Option<string> _output = new("--output") { Description = "Folder for the sweep: sweep.json, trials/, trials.jsonl, trials.csv, summary.json, plots/, sweep.html, best/.", HelpName = "DIR", Required = true };
    private readonly SeedsOption _seeds = new("Train every point once with each of these seeds, and report means with their 95 % intervals. Default: the one of --seed.", atLeast: 1);
    private readonly OptionalChoice<SweepSearch> _tuner = new("--tuner",
        "How points are chosen: grid = every combination; random = by chance; halving = successive halving, all points for few epochs and the best third of them longer, from their checkpoints. Default: grid.",
        ("grid", SweepSearch.Grid), ("random", SweepSearch.Random), ("halving", SweepSearch.Halving));
    private readonly Option<int?> _trials = NumberOption.Whole("--trials", $"Points at most, each with every seed; halving draws so many by chance. Default: the whole grid; of --tuner random with a range, {TrainingSweepOptions.DefaultRandomCandidates}.", atLeast: 1);
    private readonly Option<int?> _gridStep = NumberOption.Whole("--grid-step", $"Values of each range in a grid. Default: {GridSearchTuner.DefaultStep}.", atLeast: 1);
    private readonly Option<int?> _eta = NumberOption.Whole("--eta", "Of --tuner halving: one point in so many goes on, for so many times the epochs. Default: 3.", atLeast: 2);
    private readonly Option<int?> _firstEpochs = NumberOption.Whole("--first-epochs", "Of --tuner halving: epochs of the first rung. Default: so many that about one point is left for all --epochs.", atLeast: 1);
    private readonly DurationOption _time = new("--time", "Stop after this time; what runs is saved, and --resume goes on. Default: no limit.");
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the sweep in --output: what is done stays, what was interrupted goes on from its checkpoint, what failed is tried again." };
    private readonly Option<string?> _json = new("--json") { Description = "Also write the figures to this file as JSON.", HelpName = "FILE" };
    private readonly RunArguments _run = new();
    private readonly SweptOptions _swept = new();
    private readonly ExecutorArguments _executor = new();

    public static Command Create(CliHost host)
    {
        var sweep = new SweepCommand();
        var command = new SamedCommand("sweep",
            "Trains with many settings and compares them. Options of samed train that are given several values (1,2,4) or a range (1e-4..1e-2, with :log by equal ratios) become dimensions of the search.",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/ranks --rank 1,2,4,8,16 --seeds 1,2,3",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/lr --rank 4,16 --lr 1e-4..1e-2:log --tuner random --trials 20 --time 8h",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/halving --rank 1,2,4,8,16,32,64 --lr 0.001,0.005 --tuner halving --devices 0,1,2,3",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/blocks --lora-layers \"0-11;6-11\" --placement encoder,encoder+decoder --parallel 2",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/cluster --rank 1,2,4,8,16 --seeds 1,2,3 --executor slurm --partition gpu --gres gpu:1 --max-running 8",
            "samed sweep --data my-data --sam sam_vit_b_01ec64.pth --output sweeps/ranks --rank 1,2,4,8,16 --seeds 1,2,3 --resume")
        {
            sweep._output,
        };
        foreach (var option in sweep._run.Start.Concat(sweep._swept.Replace(sweep._run.Recipe.Where(option => option is not DevicesOption))))
        {
            command.Add(option);
        }
        foreach (var option in new Option[] { sweep._seeds, sweep._tuner, sweep._trials, sweep._gridStep, sweep._eta, sweep._firstEpochs, sweep._time }.Concat(sweep._executor.Options).Concat([sweep._resume, sweep._run.Device, sweep._json]))
        {
            command.Add(option);
        }
        return command.Does(host, sweep.Run);
    }

    private int Run(CommandContext context)
    {
        var output = context.Get(_output);
        var options = Resolve(context, output);
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], DataArguments.FilesOf(DataFolder.Find(options.Run.Data, options.Run.ListFile)), SweepReport.ResultsIn(output));
        ResultFile.EnsureWritable(context.Find(_json));
        var sweep = TrainingSweep.Prepare(options, new TrainingConsole(context.Console));
        sweep.Check(output, context.Find(_resume));
        LibTorch.Load(context.LibTorchFolder);
        using var runner = _executor.Create(context, output, sweep.SpecOf);
        var hashed = CommandRecord.Hash(context, []);
        var outcome = Execute(context, sweep, runner, output);
        return Report(context, sweep, outcome, output, hashed);
    }

    private TrainingSweepOptions Resolve(CommandContext context, string output)
    {
        var run = _run.Resolve(context, output);
        _executor.Check(context, run.Device);
        var (space, same) = _swept.Find(context);
        var seeds = _seeds.Find(context);
        var search = _tuner.Find(context.Parsed) ?? SweepSearch.Grid;
        if (space.Dimensions.Count == 0 && seeds is null)
        {
            throw new UsageException("There is nothing to sweep: give values to try, for instance --rank 1,2,4,8,16 or --lr 1e-4..1e-2:log, or --seeds 1,2,3.");
        }
        if (search != SweepSearch.Halving && (context.Find(_eta) ?? context.Find(_firstEpochs)) is not null)
        {
            throw new UsageException("--eta and --first-epochs are for --tuner halving.");
        }
        return new()
        {
            Run = TrialParameters.Apply(run, same, run.Training.ResolvedSeed),
            Space = space,
            Seeds = seeds,
            Search = search,
            Candidates = context.Find(_trials),
            GridStep = context.Find(_gridStep) ?? GridSearchTuner.DefaultStep,
            Eta = context.Find(_eta) ?? 3,
            FirstEpochs = context.Find(_firstEpochs),
        };
    }

    private SweepOutcome Execute(CommandContext context, TrainingSweep sweep, ITrialRunner runner, string output)
    {
        using var folder = SweepFolder.Open(output, sweep.DefinitionWithFiles(context.Cancellation), context.Find(_resume));
        var (atOnce, most) = _executor.AtOnce(context, runner);
        context.Console.Note(string.Create(CultureInfo.InvariantCulture,
            $"Sweep: {sweep.Trials?.ToString(CultureInfo.InvariantCulture) ?? "?"} trials, {atOnce}, validated on {string.Join(", ", sweep.Options.Run.ValidationCases!)}"));
        var board = new SweepBoard(sweep.Trials, sweep.Options.Run.Training.Epochs, most);
        SweepOutcome Go(params IMonitor[] others) => new SweepEngine(sweep.CreateTuner(), runner, sweep.EngineOptions with
        {
            TimeLimit = _time.Find(context), Record = folder, Monitors = [board, .. others],
        }).RunAsync(context.Cancellation).GetAwaiter().GetResult();
        SweepOutcome? outcome = null;
        if (!context.Console.Live(height => LiveSweep.Render(board, height), () => outcome = Go()))
        {
            outcome = Go(new TrialLines(context.Console, board));
        }
        return outcome!;
    }

    private int Report(CommandContext context, TrainingSweep sweep, SweepOutcome outcome, string output, IReadOnlyList<SAMed.MLNet.Estimators.Records.HashedFile> hashed)
    {
        var console = context.Console;
        var best = outcome.Best is { } result ? BestModel.Copy(output, result, sweep.Options.Run.SamFile) : null;
        SweepReport.Write(output, sweep, outcome, best);
        SweepText.PrintCandidates(console, outcome.Summary);
        foreach (var failure in outcome.Summary.Failures)
        {
            console.Warn(string.Create(CultureInfo.InvariantCulture, $"trial {failure.Trial} ({SweepText.PointOf(failure.Parameter)}, seed {failure.Seed}) failed: {failure.Error}"));
        }
        foreach (var halved in outcome.Results.Where(trial => trial.HalvedBatch))
        {
            console.Warn(string.Create(CultureInfo.InvariantCulture, $"trial {halved.TrialSettings.TrialId} ran out of memory and was trained with half the batch and twice the accumulation."));
        }
        if (SweepText.LearntNothing(outcome) is { } warning)
        {
            console.Warn(warning);
        }
        JsonFile.Write(context.Find(_json), SweepReport.Figures(outcome, best));
        Summarize(console, outcome, best, output);
        if (outcome.End == SweepEnd.Interrupted)
        {
            return context.Host.ExitCodeOnCancel; // Who stopped it does not wait for files to be hashed.
        }
        CommandRecord.Write(context, output, DataArguments.FilesOf(DataFolder.Find(sweep.Options.Run.Data, sweep.Options.Run.ListFile)), sweep.Options.Run.Device, sweep.Options.Run.Training.ResolvedSeed, hashed,
            new { sweep.Definition.Fingerprint, sweep.Options.Space, Seeds = sweep.Options.ResolvedSeeds, sweep.Options.Search, sweep.Options.Run.ValidationCases });
        return outcome.Best is null && outcome.End == SweepEnd.Completed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static void Summarize(CliConsole console, SweepOutcome outcome, BestModel? best, string output)
    {
        if (outcome.End != SweepEnd.Completed)
        {
            console.Line($"{(outcome.End == SweepEnd.TimeIsUp ? "Time is up" : "Stopped")}; the state is saved. Continue with the same command and --resume.");
        }
        if (best is not null)
        {
            var result = outcome.Best!;
            console.Line(string.Create(CultureInfo.InvariantCulture,
                $"Best: trial {result.TrialSettings.TrialId} ({SweepText.PointOf(result.TrialSettings.Parameter)}, seed {result.TrialSettings.Seed}), validation Dice {SweepText.Figure(result.Metric)} in epoch {result.BestEpoch}."));
            if (SweepText.BestPoint(outcome.Summary) is { } point)
            {
                console.Line(point);
            }
            console.Line($"LoRA file: {best.LoraFile}");
            console.Line($"Predict:   samed predict --sam {best.SamFile} --lora {best.LoraFile} --input IMAGE --output LABELS.nii.gz");
        }
        console.Line($"Report:    {Path.Combine(output, SweepReport.HtmlName)}");
    }
}
