using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Survey;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed init</c>.</summary>
internal sealed class InitCommand
{
    private readonly Argument<string> _folder = new("DIR") { Description = "Folder of images and label maps: images/ and labels/ (or masks/, …), nnU-Net's imagesTr/ and labelsTr/, the same below train/ and test/, npz or h5 files, images and masks side by side, or a folder per case." };
    private readonly Option<string?> _labels = CommonOptions.Labels("Which ids are which class. Default: nnU-Net's labels where DIR/dataset.json has some, else a class for every id.");
    private readonly Option<string?> _name = new("--name") { Description = "Name of the data set. Default: that of the labels, else the folder's.", HelpName = "TEXT" };
    private readonly Option<string?> _images = new("--images") { Description = "Folder of the images below DIR, where its name does not say it; goes with --masks.", HelpName = "NAME" };
    private readonly Option<string?> _masks = new("--masks") { Description = "Folder of the label maps below DIR.", HelpName = "NAME" };
    private readonly Option<string?> _patients = new("--patients") { Description = "Regular expression that finds the patient in a case's name (its first group, or all of it). Default: the name without suffixes such as _slice012, _visit2, _left.", HelpName = "REGEX" };
    private readonly Option<double> _validation = Share("--validation", "Share of the patients to validate on.");
    private readonly Option<double> _test = Share("--test", "Share of the patients to keep for tests; nobody where there are fewer than five.");
    private readonly Option<int> _seed = CommonOptions.Seed((int)PatientSplit.DefaultSeed);
    private readonly Option<bool> _skipFaulty = new("--skip-faulty") { Description = "Leave cases with errors out of dataset.json instead of writing none." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Look and tell, and write nothing." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace the description that DIR/dataset.json has already. Other programs' keys in it stay in any case." };
    private readonly Option<string?> _json = CommonOptions.Json();

    public static Command Create(CliHost host)
    {
        var init = new InitCommand();
        return new SamedCommand("init", "Looks at every file of a data folder, lists what is wrong, proposes window, classes and split, and writes dataset.json, which train, test and evaluate read.",
            "samed init my-data",
            "samed init my-data --labels organs.json --test 0.3",
            "samed init skin --images pictures --masks outlines --patients '^(p[0-9]+)'",
            "samed init Dataset004_Hippocampus --dry-run --json survey.json")
        {
            init._folder, init._labels, init._name, init._images, init._masks, init._patients, init._validation, init._test, init._seed, init._skipFaulty, init._dryRun, init._force, init._json,
        }.Does(host, init.Run);
    }

    private int Run(CommandContext context)
    {
        var folder = context.Get(_folder);
        // The description is a result, too: a survey of that name would replace it.
        ResultFile.RefuseClash([("dataset.json of DIR", Path.Combine(folder, DatasetDescription.FileName)), (_json.Name, context.Find(_json))], []);
        ResultFile.EnsureWritable(context.Find(_json));
        RefuseExisting(context, folder);
        var options = Options(context);
        DatasetSurvey? survey = null;
        context.Console.Progress("Looking", 100, bar => survey = DatasetSurvey.Run(folder, options,
            new CaseProgress(state => bar.Report(100.0 * state.Done / state.Total, $"{state.Done}/{state.Total}")), context.Cancellation));
        ResultFile.RefuseClash([(_json.Name, context.Find(_json))], survey!.Cases.SelectMany(facts => new[] { facts.Image, facts.Label }).Select(file => Path.Combine(survey.Folder, file)));
        SurveyText.Print(survey, context.Console);
        var written = survey.Description is not null && !context.Find(_dryRun);
        if (written)
        {
            survey.Description!.Write(context.Find(_force));
            context.Console.Line($"Written: {survey.Description.Path}. Look through its classes and patients, then:");
            context.Console.Line(survey.Description.Split!.Training.Count > 0
                ? $"  samed train --data {folder} --sam sam_vit_b_01ec64.pth --output runs/{Path.GetFileName(Path.TrimEndingDirectorySeparator(survey.Folder))}"
                : $"  samed test --data {folder} --sam sam_vit_b_01ec64.pth --lora best.pth --output results");
        }
        JsonFile.Write(context.Find(_json), SurveyJson.Of(survey, written));
        if (survey.ErrorCount == 0)
        {
            return ExitCodes.Ok;
        }
        context.Console.Note($"samed: {survey.ErrorCount} error{(survey.ErrorCount == 1 ? "" : "s")}, listed above; " + (
            written ? "the cases with errors are left out of dataset.json."
            : survey.Description is not null ? "nothing is written in a dry run."
            : "dataset.json is not written. Mend them and run again" + (context.Find(_skipFaulty) ? "." : ", or leave those cases out with --skip-faulty.")));
        return ExitCodes.Failed;
    }

    /// <summary>Before minutes of reading.</summary>
    private void RefuseExisting(CommandContext context, string folder)
    {
        if (Directory.Exists(folder) && !context.Find(_force) && !context.Find(_dryRun) && DatasetDescription.Exists(folder))
        {
            throw new CommandFailedException($"{Path.Combine(folder, DatasetDescription.FileName)} has a description of this folder already. Edit it, look without writing (--dry-run), or replace it (--force).");
        }
    }

    private DatasetSurveyOptions Options(CommandContext context)
    {
        if (context.Find(_images) is null != context.Find(_masks) is null)
        {
            throw new UsageException("--images and --masks go together: give both or none.");
        }
        if (context.Get(_validation) + context.Get(_test) >= 1)
        {
            throw new UsageException(FormattableString.Invariant($"--validation {context.Get(_validation)} and --test {context.Get(_test)} leave nobody to train on: together they must be below 1."));
        }
        return new()
        {
            Name = context.Find(_name),
            Labels = context.Find(_labels) is { } labels ? LabelTable.Load(labels) : null,
            ImageFolder = context.Find(_images),
            LabelFolder = context.Find(_masks),
            PatientPattern = context.Find(_patients),
            ValidationFraction = context.Get(_validation),
            TestFraction = context.Get(_test),
            Seed = context.Get(_seed),
            SkipFaulty = context.Find(_skipFaulty),
        };
    }

    private static Option<double> Share(string name, string description) =>
        new Option<double>(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => 0.2 }
            .Takes("a share of the patients, at least 0 and below 1", share => share is >= 0 and < 1);

    private sealed class CaseProgress(Action<(int Done, int Total)> report) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => report(value);
    }
}
