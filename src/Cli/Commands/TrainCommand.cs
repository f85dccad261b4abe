using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed train</c>.</summary>
internal sealed class TrainCommand
{
    private readonly Option<string> _output = new("--output") { Description = "Folder for the run: best.pth, last.pth, losses.csv, epochs.csv, tensorboard/, run.json.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _sam = new("--sam") { Description = "Segment Anything checkpoint to start from (.pth or .safetensors). Without it training starts from random weights.", HelpName = "FILE" };
    private readonly Option<string?> _lora = new("--lora") { Description = "LoRA file to start from (weights only).", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Architecture. Default: the preset's, else vit_b.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly SeedsOption _seeds = new();
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the interrupted run in --output; bit for bit on the same machine with the same number of --devices and threads." };
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly DataArguments _dataSet = new();
    private readonly PreprocessingArguments _preprocessing = new(forTraining: true);
    private readonly TrainArguments _training = new();

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
            train._output, train._sam, train._lora, train._model,
        };
        foreach (var option in train._dataSet.Sources.Concat(train._training.Options).Concat(train._preprocessing.Options).Concat(train._dataSet.Cases))
        {
            command.Add(option);
        }
        foreach (var option in new Option[] { train._seeds, train._resume, train._device, train._json })
        {
            command.Add(option);
        }
        return command.Does(host, train.Run);
    }

    private int Run(CommandContext context)
    {
        var options = Resolve(context);
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

    private TrainingRunOptions Resolve(CommandContext context)
    {
        if (_training.GivesDevices(context) && context.Get(_device) != "auto")
        {
            throw new UsageException("--device is for training on one device and --devices names those that share the batches: give one of the two.");
        }
        var preset = _training.Preset(context);
        var model = context.Find(_model) is { } name ? SamRegistry.Resolve(name) : preset?.Model ?? SamOptions.VitB;
        return _dataSet.Resolve(context, model, context.Get(_output), _preprocessing) with
        {
            SamFile = context.Find(_sam),
            LoraFile = context.Find(_lora),
            Lora = _training.Lora(context, model.Depth, fromRandom: context.Find(_sam) is null),
            Training = _training.Training(context, context.Get(_output)),
            Preset = preset?.Name,
            Device = context.Get(_device),
            Resume = context.Find(_resume),
        };
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
