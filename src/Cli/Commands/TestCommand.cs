using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Testing;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed test</c>: the reference's test.py.</summary>
internal sealed class TestCommand
{
    private readonly Option<string> _data = new("--data") { Description = "Folder of test volumes: CASE.npy.h5 as samed preprocess writes them (also .npz), or images/ and labels/ with equally named volumes.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _list = new("--list") { Description = "File that names the cases, one per line, in the order of the test. Default: test_vol.txt of the folder, or the test cases of its dataset.json, else every case.", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Architecture. Default: what the LoRA file says; for files of the reference the one of vit_b, vit_l and vit_h that they fit.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly Option<int?> _rank = NumberOption.Whole("--rank", "Rank that the LoRA file must have. Default: whatever it has.", atLeast: 1);
    private readonly Option<int?> _classes = NumberOption.Whole("--num-classes", "Classes without background that the LoRA file must have. Default: whatever it has.", atLeast: 1);
    private readonly Option<string?> _labels = CommonOptions.Labels("What the ids in the label files mean. Default: what dataset.json of the folder says, else they are the class ids 1..C, as in the reference's data.");
    private readonly Option<string?> _json = CommonOptions.Json();
    private readonly PreprocessingArguments _preprocessing = new(forTraining: false);
    private readonly TestArguments _test = new("The SAM checkpoint that the LoRA file was trained on. Default: the one it names, looked for beside it.", samRequired: false,
        "LoRA file of SAMed or of samed train.");

    public static Command Create(CliHost host)
    {
        var test = new TestCommand();
        var command = new SamedCommand("test", "Segments and scores test volumes as the reference's test.py does: its log, its figures, and beside them the figures that count missed and invented organs.",
            "samed test --data testset/test_vol_h5 --list lists_Synapse/test_vol.txt --sam sam_vit_b_01ec64.pth --lora epoch_159.pth --output test",
            "samed test --data abdomen --labels totalsegmentator --lora runs/first/best.pth --output test --save-nifti --spacing geometry",
            "samed test --data testset --sam sam_vit_b_01ec64.pth --lora epoch_159.pth --output test --save-nifti --paper-geometry")
        {
            test._data, test._list,
        };
        foreach (var option in test._test.Files.Concat([test._test.Output, test._labels, test._model, test._rank, test._classes])
            .Concat(test._preprocessing.Options).Concat(test._test.Scoring).Concat(test._test.Others).Append(test._json))
        {
            command.Add(option);
        }
        return command.Does(host, test.Run);
    }

    private int Run(CommandContext context)
    {
        var cases = TestVolumes.Find(context.Get(_data), context.Find(_list));
        var options = Options(context, cases);
        var sources = SourcesOf(context, options);
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], cases.SelectMany(file => new[] { file.ImagePath, file.LabelPath }).Concat(sources), TestArguments.ResultsOf(context, options.Output));
        ResultFile.EnsureWritable(context.Find(_json));
        ResultFile.EnsureWritable(Path.Combine(options.Output, "scores.json"));
        var hashed = CommandRecord.Hash(context, sources);
        LibTorch.Load(context.LibTorchFolder);
        TestProtocolResult? result = null;
        context.Console.Progress("Testing", cases.Count, bar => result = TestProtocol.Execute(options, new TestConsole(context.Console, bar), context.Cancellation));
        TestConsole.PrintScores(result!, context.Console);
        context.Console.Line(result!.Predictions is { } saved ? $"log {result.LogFile}, scores {options.Output}, volumes {saved}" : $"log {result.LogFile}, scores {options.Output}");
        if (context.Find(_json) is { } json)
        {
            ResultFile.WriteText(json, result.ToJson());
        }
        CommandRecord.Write(context, options.Output, cases.SelectMany(file => new[] { file.ImagePath, file.LabelPath }), result.Settings.Device, hashed: hashed, effective: result.Settings);
        return ExitCodes.Ok;
    }

    /// <summary>What is read besides the volumes and without being named: the SAM file that the LoRA file names, the list and the description of the folder.</summary>
    private string[] SourcesOf(CommandContext context, TestProtocolOptions options) =>
        [.. new[]
        {
            options.Model.SamFile ?? SegmentationModel.ImpliedBase(options.Model.LoraFile),
            TestVolumes.ListOf(context.Get(_data), context.Find(_list)),
            DatasetDescription.Find(context.Get(_data))?.Path,
        }.OfType<string>()];

    private TestProtocolOptions Options(CommandContext context, IReadOnlyList<LabelledFile> cases)
    {
        var (unit, policy) = _test.Scores(context);
        var (saveNifti, paperGeometry) = _test.Saving(context);
        return new()
        {
            Model = new()
            {
                LoraFile = _test.Lora(context),
                SamFile = _test.Sam(context),
                Model = context.Find(_model) is { } name ? SamRegistry.Resolve(name) : null,
                ImageSize = _preprocessing.ImageSize(context),
                Rank = context.Find(_rank),
                NumClasses = context.Find(_classes),
                Device = context.Get(_test.Device),
                Precision = _test.Precision(context),
            },
            Cases = cases,
            Output = context.Get(_test.Output),
            Labels = context.Find(_labels) is { } table ? LabelTable.Load(table) : DatasetDescription.Find(context.Get(_data))?.Labels,
            Preprocessing = way => _preprocessing.Apply(context, way),
            Unit = unit,
            LogPolicy = policy,
            SaveNifti = saveNifti,
            PaperGeometry = paperGeometry,
            Prediction = _test.Prediction(context),
        };
    }
}
