using System.CommandLine;
using SAMed.MLNet.Cli.Cluster;
using SAMed.MLNet.Cli.Evaluation;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed evaluate</c>.</summary>
internal sealed class EvaluateCommand
{
    private readonly Option<string> _prediction = new("--prediction") { Description = "Predicted label file, or a folder of them.", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string> _reference = new("--reference") { Description = "Reference label file, a folder with a file of the same name for every prediction, or a data folder that samed init has described (or its dataset.json), which knows the label map of every case.", HelpName = "FILE|DIR", Required = true };
    private readonly Option<string?> _labels = CommonOptions.Labels("What the ids in label files that samed did not write mean. Default: what the dataset.json of --reference says, if it is one or holds one; else every id above 0 is scored as it is.");
    private readonly Option<string?> _predictionLabels = IdsOption("--prediction-labels", "predictions");
    private readonly Option<string?> _referenceLabels = IdsOption("--reference-labels", "references");

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

    private readonly ShareArguments _shares = new("cases are scored");

    private EvaluateCommand() => _tolerance.Takes("a number of 0 or more", value => value >= 0);

    public static Command Create(CliHost host)
    {
        var options = new EvaluateCommand();
        var command = new SamedCommand("evaluate", "Scores label volumes against references: Dice, HD95, ASSD and NSD per organ, with 95 % confidence intervals.",
            "samed evaluate --prediction predictions --reference data/labels --labels synapse --json scores.json",
            "samed evaluate --prediction case1.nii.gz --reference truth1.nii.gz --labels totalsegmentator --csv scores.csv",
            "samed evaluate --prediction a.nii.gz --reference b.nii.gz --policy paper --spacing voxel",
            "samed evaluate --prediction /shared/labels --reference /shared/truth --labels amos --json scores.json --executor slurm --parts 16")
        {
            options._prediction, options._reference, options._labels, options._predictionLabels, options._referenceLabels, options._policy, options._spacing, options._tolerance,
            options._json, options._csv,
        };
        foreach (var option in options._shares.Options)
        {
            command.Add(option);
        }
        return command.Does(host, options.Run);
    }

    private int Run(CommandContext context)
    {
        var reader = ReaderOf(context);
        var cases = CasePairs.Match(context.Get(_prediction), context.Get(_reference), context.Console.Note);
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json)), (_csv.Name, context.Find(_csv))],
            cases.SelectMany(pair => new[] { pair.Prediction, pair.Reference }).Append(
                Directory.Exists(context.Get(_reference)) ? Path.Combine(context.Get(_reference), DatasetDescription.FileName) : context.Get(_reference)));
        ResultFile.EnsureWritable(context.Find(_json));
        ResultFile.EnsureWritable(context.Find(_csv));
        var report = _shares.Slurm(context) is { } slurm
            ? EvaluationShares.Merge(_shares.Run(context, slurm, Path.GetFullPath(FolderOfJobs(context)), cases.Count), cases, MetricsOf(context))
            : Evaluator.Evaluate(_shares.Of(context, cases), reader, MetricsOf(context), context.Console, context.Cancellation, cases);
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

    /// <summary>Jobs are kept beside the result, or, where none is written, with the predictions.</summary>
    private string FolderOfJobs(CommandContext context) =>
        Directory.Exists(context.Get(_prediction)) ? (context.Find(_json) ?? context.Find(_csv)) is { } result ? result + ".slurm" : context.Get(_prediction).TrimEnd('/', '\\') + ".slurm"
        : throw new UsageException("--executor slurm shares out a folder of cases: give folders for --prediction and --reference.");

    private static Option<string?> IdsOption(string name, string files) => new(name)
    {
        Description = $"What the ids in the {files} mean; '{LabelReader.ClassIds}' for class ids 1..C of --labels. Default: {LabelReader.ClassIds} for files that samed wrote, else as --labels.",
        HelpName = $"{LabelReader.ClassIds}|synapse|btcv|totalsegmentator|amos|FILE.json",
    };

    private LabelReader ReaderOf(CommandContext context)
    {
        var table = context.Find(_labels) is { } labels ? LabelTable.Load(labels) : DescribedReferences.DescriptionAt(context.Get(_reference))?.Labels;
        return new LabelReader(table, IdsOf(context, _predictionLabels, table), IdsOf(context, _referenceLabels, table));
    }

    private static FileIds? IdsOf(CommandContext context, Option<string?> option, LabelTable? table)
    {
        if (context.Find(option) is not { } name)
        {
            return null;
        }
        if (table is null)
        {
            throw new UsageException($"{option.Name} says how ids map to the classes of --labels: give --labels too.");
        }
        if (name == LabelReader.ClassIds)
        {
            return new FileIds(null);
        }
        var ids = new FileIds(LabelTable.Load(name));
        return ids.Table!.Classes.SequenceEqual(table.Classes)
            ? ids
            : throw new UsageException($"The tables '{table.Name}' (--labels) and '{ids.Table.Name}' ({option.Name}) lead to different classes.");
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
