using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed train</c>.</summary>
internal sealed class TrainCommand
{
    private readonly Option<string> _output = new("--output") { Description = "Folder for the run: best.pth, last.pth, losses.csv, epochs.csv, tensorboard/, run.json.", HelpName = "DIR", Required = true };
    private readonly SeedsOption _seeds = new("Train once with each of these seeds, into --output/seed_N, and report the mean of the best validation Dice with its 95 % interval.", atLeast: 2);
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the interrupted run in --output; bit for bit on the same machine with the same number of --devices and threads." };
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly RunArguments _run = new();

    public static Command Create(CliHost host)
    {
        var train = new TrainCommand();
        var command = new SamedCommand("train", "Fine-tunes SAM with LoRA on labelled volumes or pictures. The defaults are the published recipe for one GPU; --preset gives each published model's own.",
            "samed train --data my-data --sam sam_vit_b_01ec64.pth --output runs/first",
            "samed train --data synapse/train_npz --preset samed_h --sam sam_vit_h_4b8939.pth --output runs/huge",
            "samed train --data my-data --output runs/first --sam sam_vit_b_01ec64.pth --resume",
            "samed train --data my-data --sam sam_vit_b_01ec64.pth --output runs/seeds --seeds 1,2,3",
            "samed train --data my-data --sam sam_vit_b_01ec64.pth --output runs/first --devices 0,1 --batch-size 24",
            "samed train --data my-data --sam sam_vit_b_01ec64.pth --output runs/quick --lora-layers 6-11 --augmentation-set 8 --cache-features",
            "samed train --data ct --labels totalsegmentator --model small.json --image-size 128 --epochs 40 --output runs/small")
        {
            train._output,
        };
        foreach (var option in train._run.Start.Concat(train._run.Recipe))
        {
            command.Add(option);
        }
        foreach (var option in new[] { train._seeds, train._resume, train._run.Device, train._json })
        {
            command.Add(option);
        }
        return command.Does(host, train.Run);
    }

    private int Run(CommandContext context)
    {
        var options = _run.Resolve(context, context.Get(_output)) with { Resume = context.Find(_resume) };
        RefuseClash(context, options);
        ResultFile.EnsureWritable(context.Find(_json));
        LibTorch.Load(context.LibTorchFolder);
        if (_seeds.Find(context) is { } seeds)
        {
            return SeedTraining.Run(context, options, seeds, context.Find(_json));
        }
        TrainingRunResult? run = null;
        context.Console.Progress("Training", TrainingConsole.BarTotal, bar =>
            run = TrainingRun.Execute(options, new TrainingConsole(context.Console, bar), context.Cancellation));
        Summarize(context, options, run!);
        JsonFile.Write(context.Find(_json), new
        {
            run!.Result.Steps, run.Result.Epochs, run.Result.Interrupted, run.Result.StoppedEarly,
            bestDice = run.Result.Best?.Dice, bestEpoch = run.Result.Best?.Epoch, finalLoss = run.Result.LastLosses.Total,
            seconds = run.Result.Elapsed.TotalSeconds, lora = run.BestPath, sam = run.BasePath, run.TrainingCases, run.ValidationCases,
        });
        return run.Result.Interrupted ? context.Host.ExitCodeOnCancel : ExitCodes.Ok;
    }

    private void RefuseClash(CommandContext context, TrainingRunOptions options)
    {
        var data = DataFolder.Find(options.Data, options.ListFile);
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], DataArguments.FilesOf(data),
            [.. RunFolder.ResultsIn(options.Output), .. (_seeds.Find(context) ?? []).Select(seed => SeedRuns.FolderOf(options.Output, seed)).Append(Path.Combine(options.Output, SeedRuns.FiguresName))]);
    }

    private static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private static void Summarize(CommandContext context, TrainingRunOptions options, TrainingRunResult run)
    {
        var (result, console) = (run.Result, context.Console);
        var took = TrainingConsole.Duration(result.Elapsed);
        if (result.Interrupted)
        {
            console.Line($"Stopped after step {result.Steps} ({took}); the state is saved. Continue with the same command and --resume.");
            return;
        }
        console.Line(string.Create(CultureInfo.InvariantCulture, $"Trained {Plural(result.Epochs, "epoch")}, {Plural(result.Steps, "step")} in {took}{(result.StoppedEarly ? " (stopped early)" : "")}; last loss {result.LastLosses.Total:0.0000}."));
        if (result.Best is { } best)
        {
            console.Line(string.Create(CultureInfo.InvariantCulture, $"Best validation Dice {best.Dice:0.0000} in epoch {best.Epoch}."));
        }
        console.Line($"LoRA file: {run.BestPath}");
        console.Line($"Predict:   samed predict --sam {run.BasePath} --lora {run.BestPath} --input IMAGE --output LABELS.nii.gz");
        if (options.SamFile is null)
        {
            console.Warn("this model started from random weights, not from Segment Anything.");
        }
    }
}
