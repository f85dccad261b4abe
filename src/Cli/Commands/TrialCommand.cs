using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed trial</c>: one trial of a sweep, wherever it runs.</summary>
internal sealed class TrialCommand
{
    private readonly Argument<string> _spec = new("SPEC.json") { Description = "What the trial is to do, as samed sweep writes it: every field must be there." };
    private readonly Option<string> _output = new("--output") { Description = "The trial's own folder: spec.json, run/, scores/, log.txt, progress.json, and in the end result.json or failure.json.", HelpName = "DIR", Required = true };
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<bool> _halve = new("--halve-batch") { Description = "Train with half the batch and twice the accumulation from the beginning, because an earlier attempt was killed for its memory. A trial is halved once only." };
    private readonly Option<bool> _worker = new("--worker") { Description = "For a program that starts this one: stop, as on SIGTERM, when the standard input closes, and leave Ctrl+C to that program." };
    private readonly Option<string?> _json = CommonOptions.Json();

    public static Command Create(CliHost host)
    {
        var trial = new TrialCommand();
        trial._device.Description = "Where to compute, instead of the device in SPEC.json: auto takes the first GPU if there is one.";
        return new SamedCommand("trial",
            "Does one trial of a sweep: trains, goes on from its checkpoint where it was stopped, scores the best weights, writes result.json. A trial that is done stays as it is. Exit code 0: done; 1: failed, failure.json says why; 2: wrong command line or SPEC.json; 130 or 143: stopped by Ctrl+C or SIGTERM, the state is saved.",
            "samed trial sweeps/ranks/trials/0007/spec.json --output sweeps/ranks/trials/0007",
            "samed trial spec.json --output trial --device cuda:1 --json result.json")
        {
            trial._spec, trial._output, trial._device, trial._halve, trial._worker, trial._json,
        }.Does(host, trial.Run);
    }

    private int Run(CommandContext context)
    {
        var (path, folder) = (context.Get(_spec), context.Get(_output));
        if (context.Find(_worker))
        {
            context.Host.FollowParent();
        }
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], [path], [new TrialFolder(folder).RunPath, new TrialFolder(folder).ScoresPath, new TrialFolder(folder).LogPath]);
        ResultFile.EnsureWritable(context.Find(_json));
        try
        {
            var spec = TrialSpec.Load(path).WithFullPaths();
            LibTorch.Load(context.LibTorchFolder);
            var result = Trial.Execute(OnDevice(context, spec), folder, new Lines(context.Console), context.Find(_halve), context.Cancellation);
            Summarize(context.Console, result);
            WriteJson(context, result);
            return ExitCodes.Ok;
        }
        // What is to be done is part of the command line.
        catch (TrialSpecException fault)
        {
            throw new UsageException(fault.Message);
        }
        catch (FileNotFoundException fault) when (!File.Exists(path))
        {
            throw new UsageException(fault.Message);
        }
    }

    private TrialSpec OnDevice(CommandContext context, TrialSpec spec) =>
        context.Parsed.GetResult(_device) is { Implicit: false } ? spec with { Run = spec.Run with { Device = context.Get(_device) } } : spec;

    private static void Summarize(CliConsole console, TrialResult result)
    {
        var scores = result.Scores is { } found ? string.Create(CultureInfo.InvariantCulture, $"; on the files' grids Dice {Figure(found.Dice)}, HD95 {Figure(found.Hd95Mm)} mm") : "";
        console.Line(string.Create(CultureInfo.InvariantCulture,
            $"Trial {result.TrialSettings.TrialId}, {result.Epochs} epochs: best validation Dice {Figure(result.Metric)} in epoch {result.BestEpoch}{scores}."));
        if (result.HalvedBatch)
        {
            console.Warn("memory ran out, so it was trained with half the batch and twice the accumulation.");
        }
        console.Line($"Result: {Path.Combine(result.Folder!, "result.json")}");
    }

    private void WriteJson(CommandContext context, TrialResult result) => JsonFile.Write(context.Find(_json), new
    {
        result.TrialSettings.TrialId, result.TrialSettings.Parameter, result.TrialSettings.Seed, result.TrialSettings.UntilEpoch, result.Metric, result.Epochs, result.BestEpoch,
        result.Curve, result.Scores, result.TrainableParameters, result.HalvedBatch, seconds = result.DurationInMilliseconds / 1000, result.Folder,
    });

    private static string Figure(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>A line for each epoch that is done, and for what happens beside it.</summary>
    private sealed class Lines(CliConsole console) : IProgress<TrialProgress>
    {
        public void Report(TrialProgress value) => console.Note(value.Note ?? string.Create(CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.Epochs}{(value.Dice is null ? "" : $"  best Dice so far {Figure(value.Dice)}")}"));
    }
}
