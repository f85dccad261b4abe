using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Testing;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed reproduce synapse</c>.</summary>
internal sealed class ReproduceCommand
{
    private readonly ChoiceOption<ReproductionRecipe> _model = new("--model", "Which published result: SAMed and SAMed_s on vit_b, SAMed_h on vit_h.",
        ("samed", ReproductionRecipe.Samed), ("samed_s", ReproductionRecipe.SamedS), ("samed_h", ReproductionRecipe.SamedH));

    private readonly Option<string> _data = new("--data") { Description = "Folder of the authors' test volumes (case0008.npy.h5, …), or of those that samed preprocess --preset synapse wrote.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _list = new("--list") { Description = "File that names other cases than the twelve published ones; goes with --allow-other-files.", HelpName = "FILE" };
    private readonly Option<bool> _allowOther = new("--allow-other-files") { Description = "Go on with files that are not the published ones; the report then says so." };
    private readonly Option<string?> _architecture = new("--architecture") { Description = "Architecture of other files; goes with --allow-other-files.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly Option<bool> _checkOnly = new("--check-only") { Description = "Only say whether the needed files are there and are the right ones; --json then holds the list of them." };
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly TestArguments _test = new("The SAM checkpoint: sam_vit_b_01ec64.pth, for samed_h sam_vit_h_4b8939.pth. Its SHA-256 is checked.", samRequired: true, "The authors' LoRA file of that model.");

    public static Command Create(CliHost host) =>
        new("reproduce", "Computes published results again and puts the figures beside the published ones.") { CreateSynapse(host) };

    private static SamedCommand CreateSynapse(CliHost host)
    {
        var reproduce = new ReproduceCommand();
        reproduce._test.Output.Required = false;
        reproduce._test.Output.Description += " Not needed with --check-only.";
        var command = new SamedCommand("synapse", "Checks that the files of the published Synapse results are there, tests with them, and compares the figures organ by organ.",
            "samed reproduce synapse --data testset --sam sam_vit_b_01ec64.pth --lora checkpoints/epoch_159.pth --output synapse",
            "samed reproduce synapse --model samed_h --data testset --sam sam_vit_h_4b8939.pth --lora samed_h.pth --output synapse_h --device cuda",
            "samed reproduce synapse --model samed_s --data testset --sam sam_vit_b_01ec64.pth --lora checkpoints_s/epoch_159.pth --check-only")
        {
            reproduce._model, reproduce._data,
        };
        foreach (var option in reproduce._test.Files.Concat([reproduce._test.Output, reproduce._checkOnly, reproduce._list, reproduce._allowOther, reproduce._architecture])
            .Concat(reproduce._test.Others).Append(reproduce._json))
        {
            command.Add(option);
        }
        return command.Does(host, reproduce.Run);
    }

    private int Run(CommandContext context)
    {
        var options = Options(context);
        var checklist = Reproduction.Check(options, context.Cancellation);
        foreach (var file in checklist.Files)
        {
            context.Console.Line($"{Word(file.Status),-10}  {file.What}, {file.Path}: {file.Detail}");
        }
        if (context.Find(_checkOnly) && context.Find(_json) is { } json)
        {
            ResultFile.RefuseClash([(_json.Name, json)], checklist.Files.Select(file => file.Path).Concat(new[] { context.Find(_list), context.Find(_architecture) }.OfType<string>()));
            ResultFile.WriteText(json, checklist.ToJson());
        }
        if (checklist.Faults(options.AllowOtherFiles) is { Count: > 0 } faults)
        {
            throw new ReproductionException(faults);
        }
        return context.Find(_checkOnly) ? Conclude(context, checklist) : Reproduce(context, options, checklist);
    }

    private static int Conclude(CommandContext context, ReproductionChecklist checklist)
    {
        var others = checklist.Files.Count(file => file.Status == FileStatus.Different);
        context.Console.Line(others == 0
            ? "Everything that is needed is there."
            : $"A test can be run, but not that of the published result: {others} of {checklist.Files.Count} are different.");
        return ExitCodes.Ok;
    }

    private int Reproduce(CommandContext context, ReproductionOptions options, ReproductionChecklist checklist)
    {
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], checklist.Files.Select(file => file.Path), TestArguments.ResultsOf(context, options.Output));
        ResultFile.EnsureWritable(context.Find(_json));
        ResultFile.EnsureWritable(Path.Combine(options.Output, "reproduction.json"));
        var hashed = CommandRecord.Hash(context, []);
        LibTorch.Load(context.LibTorchFolder);
        ReproductionResult? result = null;
        context.Console.Progress("Testing", options.Cases?.Count ?? options.Recipe.Cases.Count,
            bar => result = Reproduction.Execute(options, checklist, new TestConsole(context.Console, bar), context.Cancellation));
        Print(result!, options, context.Console);
        if (context.Find(_json) is { } json)
        {
            ResultFile.WriteText(json, result!.ToJson());
        }
        CommandRecord.Write(context, options.Output, checklist.Files.Select(file => file.Path).Where(File.Exists), result!.Test.Settings.Device, hashed: hashed, effective: result.Test.Settings);
        return ExitCodes.Ok;
    }

    private ReproductionOptions Options(CommandContext context)
    {
        var recipe = _model.ValueOf(context.Parsed);
        var (list, architecture, allowOther) = (context.Find(_list), context.Find(_architecture), context.Find(_allowOther));
        if (!allowOther && (list ?? architecture) is not null)
        {
            throw new UsageException($"{(list is null ? _architecture.Name : _list.Name)} leads to another result than the published one: add {_allowOther.Name}, or leave it out.");
        }
        var (saveNifti, paperGeometry) = _test.Saving(context);
        return new()
        {
            Recipe = architecture is null ? recipe : recipe with { Architecture = SamRegistry.Resolve(architecture) },
            Data = context.Get(_data),
            SamFile = _test.Sam(context)!,
            LoraFile = _test.Lora(context),
            Output = context.Find(_test.Output) ?? (context.Find(_checkOnly) ? "" : throw new UsageException($"{_test.Output.Name} is required; only {_checkOnly.Name} goes without it.")),
            Cases = list is null ? null : [.. TestVolumes.Find(context.Get(_data), list).Select(file => file.Name)],
            AllowOtherFiles = allowOther,
            SaveNifti = saveNifti,
            PaperGeometry = paperGeometry,
            Prediction = _test.Prediction(context),
            Precision = _test.Precision(context),
            Device = context.Get(_test.Device),
        };
    }

    private static void Print(ReproductionResult result, ReproductionOptions options, CliConsole console)
    {
        console.Line();
        console.Heading($"{result.Published.Name}: these figures beside the published ones ({result.Published.Source})");
        var (head, rows) = result.ToTable();
        console.Table(head, rows);
        console.Line(result.Caveat);
        console.Line($"results {options.Output}: reproduction.json, .csv, .md, scores.json, .csv, .md; log {result.Test.LogFile}");
    }

    private static string Word(FileStatus status) => status switch
    {
        FileStatus.Verified => "verified",
        FileStatus.Recognised => "recognised",
        FileStatus.Different => "different",
        _ => "missing",
    };
}
