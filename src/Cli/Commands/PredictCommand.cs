using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Cluster;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Prediction;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed predict</c>.</summary>
internal sealed class PredictCommand
{
    private readonly Option<string> _input = new("--input") { Description = "Volume (.nii, .nii.gz, .hdr, .npz, .npy, .h5), picture (.png, .jpg, .bmp) or a folder of them; of a folder that samed init has described its images, of others all but files named as masks (a_mask.png beside a.png). Voxels that are NaN count as the lower end of the window.", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "Label map to write (class ids, on the input's own geometry), or a folder for them: NIfTI, and PNG for pictures (ids as grey values).", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string> _lora = new("--lora") { Description = "LoRA file of SAMed or of samed train.", HelpName = "FILE", Required = true };
    private readonly Option<string?> _sam = new("--sam") { Description = "The SAM checkpoint that the LoRA file was trained on. Default: the one it names, looked for beside it.", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Architecture. Default: what the LoRA file says; for files of the reference the one of vit_b, vit_l and vit_h that they fit.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly Option<int?> _rank = NumberOption.Whole("--rank", "Rank that the LoRA file must have. Default: whatever it has.", atLeast: 1);
    private readonly OptionalChoice<LoraPlacement> _placement = new("--placement", "Placement that the LoRA file must have: encoder (SAMed) or encoder+decoder (SAMed_s). Default: whatever it has.",
        [.. LoraPlacements.Names.Select(name => (name, LoraPlacements.Parse(name)))]);
    private readonly Option<int?> _classes = NumberOption.Whole("--num-classes", "Classes without background that the LoRA file must have. Default: whatever it has.", atLeast: 1);
    private readonly Option<string?> _logits = new("--save-logits") { Description = "Also write low_res_logits [D, C+1, L, L] and argmax [D, S, S] of a single input.", HelpName = "FILE.npz" };
    private readonly Option<string?> _probabilities = new("--save-probabilities")
    {
        Description = "Also write the probability of background and each class on the original geometry: a 4-D image, or the array probabilities [C+1, D, H, W] of an npz; a folder for several inputs.",
        HelpName = "FILE.nii.gz|FILE.npz|DIR",
    };

    private readonly Option<string> _device = CommonOptions.Device();
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly PreprocessingArguments _preprocessing = new(forTraining: false);
    private readonly PredictionArguments _prediction = new();
    private readonly ShareArguments _shares = new("volumes are segmented");

    public static Command Create(CliHost host)
    {
        var predict = new PredictCommand();
        var command = new SamedCommand("predict", "Segments volumes: slices through the network, labels back on the original geometry.",
            "samed predict --input ct.nii.gz --sam sam_vit_b_01ec64.pth --lora runs/first/best.pth --output labels.nii.gz",
            "samed predict --input cases/ --sam sam_vit_b_01ec64.pth --lora epoch_159.pth --output labels/ --postprocess largest,holes",
            "samed predict --input /shared/cases --sam /shared/sam_vit_b_01ec64.pth --lora /shared/best.pth --output /shared/labels --executor slurm --gres gpu:1 --parts 16",
            "samed predict --input case0008.npy.h5 --sam sam_vit_b_01ec64.pth --lora epoch_159.pth --input-size 224 --output case0008.nii.gz")
        {
            predict._input, predict._output, predict._lora, predict._sam, predict._model, predict._placement, predict._rank, predict._classes,
        };
        foreach (var option in predict._preprocessing.Options.Concat(predict._prediction.Options).Concat([predict._logits, predict._probabilities, predict._device, predict._json]).Concat(predict._shares.Options))
        {
            command.Add(option);
        }
        return command.Does(host, predict.Run);
    }

    private int Run(CommandContext context)
    {
        var prediction = _prediction.Resolve(context);
        var all = PredictionFiles.Resolve(context.Get(_input), context.Get(_output), context.Console.Note);
        if (_shares.Slurm(context) is { } slurm)
        {
            return RunOnCluster(context, slurm, all);
        }
        var files = _shares.Of(context, all);
        var (logits, probabilities) = (context.Find(_logits), ProbabilityFiles.Resolve(context.Find(_probabilities), files));
        if (logits is not null && files.Count > 1)
        {
            throw new UsageException($"--save-logits goes with a single input; {context.Get(_input)} holds {files.Count} volumes.");
        }
        if (logits is not null && !logits.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--save-logits writes an npz file; give it that ending, not {logits}.");
        }
        if (logits is not null && prediction.Tta != TestTimeAugmentation.None)
        {
            throw new UsageException("--save-logits writes the logits of one forward pass, from which the labels do not come with --tta: leave one of them out, or take --save-probabilities.");
        }
        (string, string?)[] outputs = [.. files.Select(file => (_output.Name, file.Output)), ("--json", context.Find(_json)), ("--save-logits", logits), .. probabilities.Select(path => ("--save-probabilities", path))];
        CommandFiles.RefuseClash(context, outputs, files.Select(file => file.Input).Append(context.Find(_sam) is null ? SegmentationModel.ImpliedBase(context.Get(_lora)) : null),
            PredictionFiles.IsFolder(context.Get(_output)) ? CommandRecord.PathsIn(context, context.Get(_output)) : []);
        ResultFile.EnsureWritable(context.Find(_json));
        ResultFile.EnsureWritable(logits);
        foreach (var path in probabilities.Distinct())
        {
            ResultFile.EnsureWritable(path);
        }
        // Of shares, who shares them out writes the record.
        var recorded = PredictionFiles.IsFolder(context.Get(_output)) && !_shares.IsShare(context);
        var hashed = recorded ? CommandRecord.Hash(context, [context.Find(_sam) is null ? SegmentationModel.ImpliedBase(context.Get(_lora)) : null]) : null;
        LibTorch.Load(context.LibTorchFolder);
        using var model = SegmentationModel.Load(new()
        {
            LoraFile = context.Get(_lora),
            SamFile = context.Find(_sam),
            Model = context.Find(_model) is { } name ? SamRegistry.Resolve(name) : null,
            ImageSize = _preprocessing.ImageSize(context),
            Placement = _placement.Find(context.Parsed),
            Rank = context.Find(_rank),
            NumClasses = context.Find(_classes),
            Device = context.Get(_device),
            Precision = _prediction.Precision(context),
        });
        var job = new PredictionJob(model, normalized => _preprocessing.Apply(context, model.Preprocessing(normalized)), prediction);
        foreach (var note in model.Notes)
        {
            context.Console.Note(note);
        }
        List<PredictionSummary> summaries = [];
        List<string> failures = [];
        context.Console.Progress("Predicting", files.Count, bar =>
        {
            for (var index = 0; index < files.Count; index++)
            {
                var (done, file) = (index, files[index]);
                try
                {
                    summaries.Add(job.Run(file, logits, probabilities[index], (slice, slices) => bar.Report(
                        done + ((double)slice / slices), string.Create(CultureInfo.InvariantCulture, $"{file.Case} slice {slice}/{slices}")), context.Cancellation));
                }
                // One volume of a night's work that is damaged or gone must not cost the others; of a single one, the error is the result.
                catch (VolumeFormatException fault) when (files.Count > 1)
                {
                    context.Console.Warn(fault.Message);
                    failures.Add(file.Input);
                }
                catch (Exception fault) when (files.Count > 1 && (fault is NonFiniteLogitsException || !PredictionFiles.CanRead(file.Input)))
                {
                    context.Console.Warn($"{file.Input}: {fault.Message}");
                    failures.Add(file.Input);
                }
            }
        });
        Print(context.Console, summaries);
        JsonFile.Write(context.Find(_json), new
        {
            sam = model.SamFile, lora = context.Get(_lora), model.Classes, prediction.BatchSize, prediction.Tta, postprocess = prediction.Postprocessing?.ToString(), predictions = summaries, failures,
        });
        if (recorded)
        {
            CommandRecord.Write(context, context.Get(_output), summaries.Select(summary => summary.Input).Concat(failures).Where(PredictionFiles.CanRead), model.Device.ToString(), hashed: hashed,
                effective: EffectiveSettings.Of(model, prediction, job.Ways));
        }
        return End(failures, files.Count);
    }

    private static int End(List<string> failures, int files) => failures.Count == 0
        ? ExitCodes.Ok
        : throw new CommandFailedException($"{failures.Count} of {files} volumes could not be segmented: {string.Join(", ", failures)}. The others are done.");

    /// <summary>Shares the volumes out among the tasks of a cluster, and puts together what they say.</summary>
    private int RunOnCluster(CommandContext context, SlurmOptions slurm, IReadOnlyList<PredictionFile> files)
    {
        var output = context.Get(_output);
        if (!PredictionFiles.IsFolder(output) || context.Find(_logits) is not null)
        {
            throw new UsageException("--executor slurm shares out a folder of volumes: give folders for --input and --output, and leave out --save-logits, which is of a single volume.");
        }
        CommandFiles.RefuseClash(context, [.. files.Select(file => (_output.Name, (string?)file.Output)), ("--json", context.Find(_json))], files.Select(file => file.Input), CommandRecord.PathsIn(context, output));
        ResultFile.EnsureWritable(context.Find(_json));
        var hashed = CommandRecord.Hash(context, [context.Find(_sam) is null ? SegmentationModel.ImpliedBase(context.Get(_lora)) : null]);
        var merged = PredictionShares.Merge(_shares.Run(context, slurm, Path.Combine(output, "slurm"), files.Count), files);
        Print(context.Console, merged.Predictions);
        if (context.Find(_json) is { } json)
        {
            ResultFile.WriteText(json, merged.Json);
        }
        CommandRecord.Write(context, output, files.Select(file => file.Input).Where(PredictionFiles.CanRead), hashed: hashed);
        return End(merged.Failures, files.Count);
    }

    private static void Print(CliConsole console, IReadOnlyList<PredictionSummary> summaries)
    {
        foreach (var summary in summaries.Where(summary => summary.NonFiniteVoxels > 0))
        {
            console.Warn($"{summary.Input}: {summary.NonFiniteVoxels} voxels are NaN or infinite; NaN counted as the lower end of the window.");
        }
        if (summaries is [var only])
        {
            console.Table(["organ", "id", "voxels", "ml"], only.Organs.Select(organ => new[]
            {
                organ.Name, organ.Id.ToString(CultureInfo.InvariantCulture), organ.Voxels.ToString(CultureInfo.InvariantCulture),
                organ.Millilitres.ToString("0.0", CultureInfo.InvariantCulture),
            }));
        }
        foreach (var summary in summaries)
        {
            var cleaned = summary.PostprocessedVoxels > 0 ? $" ({summary.PostprocessedVoxels} voxels changed by post-processing)" : "";
            console.Line($"{summary.Input} -> {summary.Output}{cleaned}");
        }
    }
}
