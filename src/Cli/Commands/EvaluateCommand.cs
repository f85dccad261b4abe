using System.CommandLine;
using SAMed.MLNet.Cli.Evaluation;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed evaluate</c>.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<string> _prediction = new("--prediction") { Description = "Predicted label file, or a folder of them.", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string> _reference = new("--reference") { Description = "Reference label file, or a folder with a file of the same name for every prediction.", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string?> _labels = CommonOptions.Labels("What the ids in the label files mean. Without it every id above 0 is scored as it is.");
    private readonly Option<string?> _predictionLabels = new("--prediction-labels")
    {
        Description = $"What the ids in the predictions mean; '{LabelReader.ClassIds}' for class ids 1..C of --labels. Default: {LabelReader.ClassIds} for files that samed wrote, else as --labels.",
        HelpName = $"{LabelReader.ClassIds}|synapse|btcv|totalsegmentator|amos|FILE.json",
    };

    private readonly ChoiceOption<EmptyMaskPolicy> _policy = new("--policy",
        "What an empty mask scores. strict: a missed or invented organ has Dice 0 and the image diagonal as distance, an organ absent in both is left out. paper: the published rule.",
        ("strict", EmptyMaskPolicy.Strict), ("paper", EmptyMaskPolicy.Paper));

    private readonly ChoiceOption<DistanceUnit> _spacing = new("--spacing", "Measure distances in mm by the files' geometry, or in voxels as the published numbers do.",
        ("geometry", DistanceUnit.Millimetre), ("voxel", DistanceUnit.Voxel));

    private readonly Option<double?> _tolerance = new("--nsd-tolerance")
    {
        Description = "Tolerance of the surface Dice (NSD) in the unit of --spacing. Default: 3 mm, or 1 voxel.",
        HelpName = "N",
    };

    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly Option<string?> _csv = new("--csv") { Description = "Also write one line per case and organ to this file as CSV.", HelpName = "FILE" };

    private EvaluateCommand() => _tolerance.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<double?>() is { } value && !(double.IsFinite(value) && value >= 0))
        {
            result.AddError("--nsd-tolerance takes a number of 0 or more.");
        }
    });

    public static Command Create(CliHost host)
    {
        var options = new EvaluateCommand();
        return new SamedCommand("evaluate", "Scores label volumes against references: Dice, HD95, ASSD and NSD per organ, with 95 % confidence intervals.",
            "samed evaluate --prediction predictions --reference data/labels --labels synapse --json scores.json",
            "samed evaluate --prediction case1.nii.gz --reference truth1.nii.gz --labels totalsegmentator --csv scores.csv",
            "samed evaluate --prediction a.nii.gz --reference b.nii.gz --policy paper --spacing voxel")
        {
            options._prediction, options._reference, options._labels, options._predictionLabels, options._policy, options._spacing, options._tolerance, options._json, options._csv,
        }.Does(host, options.Run);
    }

    private int Run(CommandContext context)
    {
        var reader = ReaderOf(context);
        ResultFile.EnsureWritable(context.Find(_json));
        ResultFile.EnsureWritable(context.Find(_csv));
        var cases = CasePairs.Match(context.Get(_prediction), context.Get(_reference));
        var report = Evaluator.Evaluate(cases, reader, MetricsOf(context), context.Console, context.Cancellation);
        ReportTable.Print(report, context.Console);
        if (context.Find(_json) is { } json)
        {
            ResultFile.WriteText(json, report.ToJson());
        }
        if (context.Find(_csv) is { } csv)
        {
            ResultFile.WriteText(csv, report.ToCsv());
        }
        return ExitCodes.Ok;
    }

    private LabelReader ReaderOf(CommandContext context)
    {
        var (labels, predictionLabels) = (context.Find(_labels), context.Find(_predictionLabels));
        if (labels is null && predictionLabels is not null)
        {
            throw new UsageException("--prediction-labels says how predictions map to the classes of --labels: give --labels too.");
        }
        var table = labels is null ? null : LabelTable.Load(labels);
        var areClassIds = predictionLabels == LabelReader.ClassIds;
        var predictionTable = predictionLabels is null || areClassIds ? null : LabelTable.Load(predictionLabels);
        if (predictionTable is not null && !predictionTable.Classes.SequenceEqual(table!.Classes))
        {
            throw new UsageException($"The tables '{table.Name}' (--labels) and '{predictionTable.Name}' (--prediction-labels) lead to different classes.");
        }
        return new LabelReader(table, predictionTable, areClassIds);
    }

    private MetricOptions MetricsOf(CommandContext context)
    {
        var options = new MetricOptions { Policy = _policy.ValueOf(context.Parsed), Unit = _spacing.ValueOf(context.Parsed) };
        return (context.Find(_tolerance), options.Unit) switch
        {
            (null, _) => options,
            ({ } tolerance, DistanceUnit.Millimetre) => options with { NsdToleranceMm = tolerance },
            ({ } tolerance, _) => options with { NsdToleranceVoxels = tolerance },
        };
    }
}
