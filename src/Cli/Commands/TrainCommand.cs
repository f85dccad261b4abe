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
    private readonly Option<string> _data = new("--data") { Description = "Folder with images/ and labels/ (or nnU-Net's imagesTr/ and labelsTr/), or with the reference's npz slices. Images with NaN or infinite voxels are refused.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _list = new("--list") { Description = "List of the npz slices to use, one name per line. Default: DIR/train.txt, or every slice.", HelpName = "FILE" };
    private readonly Option<string> _output = new("--output") { Description = "Folder for the run: best.pth, last.pth, losses.csv, epochs.csv, tensorboard/, run.json.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _sam = new("--sam") { Description = "Segment Anything checkpoint to start from (.pth or .safetensors). Without it training starts from random weights.", HelpName = "FILE" };
    private readonly Option<string?> _lora = new("--lora") { Description = "LoRA file to start from (weights only).", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Architecture. Default: the preset's, else vit_b.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly Option<string?> _labels = CommonOptions.Labels("Ids that the label files use and the organs they are. Default: synapse (SAMed's own ids 0..8).");
    private readonly Option<double> _validation = new("--validation") { Description = "Share of the cases set aside for validation, by patient.", HelpName = "X", DefaultValueFactory = _ => 0.2 };
    private readonly Option<string?> _validationCases = new("--validation-cases") { Description = "Cases set aside by name, separated by commas, instead of --validation.", HelpName = "NAMES" };
    private readonly Option<string?> _excludeCases = new("--exclude-cases") { Description = "Cases left out altogether, separated by commas, for instance to test on.", HelpName = "NAMES" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Continue the interrupted run in --output, bit for bit." };
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly PreprocessingArguments _preprocessing = new(forTraining: true);
    private readonly TrainArguments _training = new();

    private TrainCommand() => _validation.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<double>() is var share and not (>= 0 and < 1))
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"--validation takes a share of the cases, at least 0 and below 1; got {share}."));
        }
    });

    public static Command Create(CliHost host)
    {
        var train = new TrainCommand();
        var command = new SamedCommand("train", "Fine-tunes SAM with LoRA on labelled volumes. The defaults are the published recipe.",
            "samed train --data my-data --sam sam_vit_b_01ec64.pth --output runs/first",
            "samed train --data synapse/train_npz --preset samed_h --sam sam_vit_h_4b8939.pth --output runs/huge",
            "samed train --data my-data --output runs/first --sam sam_vit_b_01ec64.pth --resume",
            "samed train --data ct --labels totalsegmentator --model small.json --image-size 128 --epochs 40 --output runs/small")
        {
            train._data, train._list, train._output, train._sam, train._lora, train._model, train._labels,
        };
        foreach (var option in train._training.Options.Concat(train._preprocessing.Options))
        {
            command.Add(option);
        }
        foreach (var option in new Option[] { train._validation, train._validationCases, train._excludeCases, train._resume, train._device, train._json })
        {
            command.Add(option);
        }
        return command.Does(host, train.Run);
    }

    private int Run(CommandContext context)
    {
        var options = Resolve(context);
        ResultFile.EnsureWritable(context.Find(_json));
        LibTorch.Load(context.LibTorchFolder);
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

    private TrainingRunOptions Resolve(CommandContext context)
    {
        var preset = _training.Preset(context);
        var model = context.Find(_model) is { } name ? SamRegistry.Resolve(name) : preset?.Model ?? SamOptions.VitB;
        var volumes = DataFolder.Find(context.Get(_data), context.Find(_list)).Kind == SegmentationDataKind.Volumes;
        var defaults = new PreprocessingOptions
        {
            ImageSize = model.ImageSize,
            InputSize = model.InputSize,
            WindowMin = PreprocessingOptions.PublishedWindow.Min,
            WindowMax = PreprocessingOptions.PublishedWindow.Max,
            // Slices without a geometry cannot say which way they lie, so later volumes are not turned either.
            Orientation = volumes ? "RAS" : null,
        };
        return new()
        {
            Data = context.Get(_data),
            ListFile = context.Find(_list),
            Output = context.Get(_output),
            Model = model,
            Labels = LabelTable.Load(context.Find(_labels) ?? "synapse"),
            SamFile = context.Find(_sam),
            LoraFile = context.Find(_lora),
            Lora = _training.Lora(context, model.Depth, fromRandom: context.Find(_sam) is null),
            Training = _training.Training(context),
            Preset = preset?.Name,
            Preprocessing = _preprocessing.Apply(context, defaults),
            ValidationFraction = context.Get(_validation),
            ValidationCases = Names(context.Find(_validationCases)),
            ExcludedCases = Names(context.Find(_excludeCases)) ?? [],
            Device = context.Get(_device),
            Resume = context.Find(_resume),
        };
    }

    private static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private static string[]? Names(string? list) => list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

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
