using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Training;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Cli.Commands;

/// <summary><c>samed preprocess</c>.</summary>
internal sealed class PreprocessCommand
{
    // Cases are known only once the folders are read, so the bar counts per cent.
    private const double BarTotal = 100;

    private static readonly string[] s_lists = ["train.txt", "test_vol.txt", "all.txt"];

    private readonly Option<string?> _preset = new("--preset") { Description = "synapse: the published preparation of the BTCV volumes (ids, window, twelve test cases, case names by number).", HelpName = "synapse" };
    private readonly Option<string?> _images = new("--images") { Description = "Folder of the images.", HelpName = "DIR" };
    private readonly Option<string?> _labels = new("--labels") { Description = "Folder of the label maps, named as their images (by --case-names).", HelpName = "DIR" };
    private readonly Option<string?> _data = new("--data") { Description = "A data folder instead, in any layout that samed train reads: also prepared npz slices, to resize them. What samed init described is prepared as described, its test cases apart.", HelpName = "DIR" };
    private readonly Option<string?> _list = new("--list") { Description = "List of the npz slices of --data to use, one name per line.", HelpName = "FILE" };
    private readonly Option<string> _output = new("--output") { Description = "Folder to write: train_npz/, test_vol_h5/, lists/, run.json. A preparation that was interrupted goes on where it was.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _table = new("--label-table") { Description = "What the ids in the label maps are. Default: btcv with --preset synapse; otherwise ids stay as they are.", HelpName = "synapse|btcv|totalsegmentator|amos|FILE.json" };
    private readonly Option<string[]> _window = new("--window")
    {
        Description = "Intensity window mapped to 0..1, or none. npz and h5 files are in 0..1 already, unless a window is given. Default: -125 275.",
        HelpName = "LO HI|none",
        Arity = new ArgumentArity(1, 2),
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> _orientation = new("--orientation") { Description = "Axis codes that volumes are brought to, or stored. Default: stored, as the reference does; prepared files say nothing about axes, so predict volumes the same way.", HelpName = "RAS|LPS|...|stored" };
    private readonly Option<int?> _size = new("--size") { Description = "Side that training slices are resized to, in pixels, as the reference's subsample_datasets.py does (224); they go to train_npz_N/. Default: not resized.", HelpName = "N" };
    private readonly Option<string?> _zoomEdge = new("--zoom-edge") { Description = "Edge of resized slices: exact, or paper for the reference's, whose 512 to 224 leaves the last row and column zero. Default: paper with --preset synapse, else exact.", HelpName = "exact|paper" };
    private readonly Option<string?> _testCases = new("--test-cases") { Description = "Cases to test on: names separated by commas, or a file with a name per line. Default: the published twelve with --preset synapse, else none.", HelpName = "NAMES|FILE" };
    private readonly Option<string?> _caseNames = new("--case-names") { Description = "Names of the cases: file takes those of the files, number makes case0005 of img0005. Default: number with --preset synapse, else file.", HelpName = "file|number" };
    private readonly ChoiceOption<PreparedFormat> _format = new("--format", "Training cases as one npz per slice, or as one h5 per case.", ("npz", PreparedFormat.Slices), ("h5", PreparedFormat.Volumes));
    private readonly Option<bool> _compress = new("--compress") { Description = "Deflate npz files; the reference's are not." };
    private readonly Option<int> _workers = new("--workers") { Description = "Cases prepared at the same time, each in memory as a whole. 0: the processors, at most 4.", HelpName = "N", DefaultValueFactory = _ => 0 };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace what was prepared in --output with other options." };
    private readonly Option<string?> _json = CommonOptions.Json();

    private PreprocessCommand()
    {
        _preset.AcceptOnlyFromAmong("synapse");
        _zoomEdge.AcceptOnlyFromAmong("exact", "paper");
        _caseNames.AcceptOnlyFromAmong("file", "number");
        _size.Takes("a whole number, at least 1", size => size >= 1);
        _workers.Takes("a number of cases, at least 0", count => count >= 0);
    }

    public static Command Create(CliHost host)
    {
        var options = new PreprocessCommand();
        return new SamedCommand("preprocess", "Makes the published training slices, test volumes and lists from images and label maps; resumes where it was interrupted.",
            "samed preprocess --preset synapse --images raw/img --labels raw/label --output synapse",
            "samed preprocess --preset synapse --data synapse/train_npz --size 224 --output synapse-224",
            "samed preprocess --images ct --labels masks --label-table totalsegmentator --test-cases s0011,s0058 --size 224 --output prepared")
        {
            options._preset, options._images, options._labels, options._data, options._list, options._output, options._table, options._window, options._orientation, options._size,
            options._zoomEdge, options._testCases, options._caseNames, options._format, options._compress, options._workers, options._overwrite, options._json,
        }.Does(host, options.Run);
    }

    private int Run(CommandContext context)
    {
        var options = Resolve(context);
        var lists = s_lists.Select(name => Path.Combine(options.Output, "lists", name));
        CommandFiles.RefuseClash(context, [(_json.Name, context.Find(_json))], SourcesOf(options), [.. lists, .. CommandRecord.PathsIn(context, options.Output)]);
        ResultFile.EnsureWritable(context.Find(_json));
        DataPreparationResult? result = null;
        context.Console.Progress("Preparing", BarTotal, bar => result = DataPreparation.Execute(options, new Progress(bar), context.Cancellation));
        var record = CommandRecord.Write(context, options.Output, result!.Sources);
        Print(context.Console, result, record);
        if (options.PassOverAbsentTestCases && result.Cases.Count(item => item.IsTest) is var found && found < options.TestCases.Count)
        {
            context.Console.Note(string.Create(CultureInfo.InvariantCulture,
                $"{found} of the {options.TestCases.Count} published test cases are in the data; absent: {string.Join(", ", options.TestCases.Except(result.Cases.Select(item => item.Case)))}."));
        }
        JsonFile.Write(context.Find(_json), new
        {
            result.TrainingFolder, result.TestFolder, result.ListFolder, result.KeptCases,
            cases = result.Cases.Select(item => new { name = item.Case, item.IsTest, item.Slices, files = item.Outputs.Count }),
            seconds = context.Elapsed.TotalSeconds,
        });
        return ExitCodes.Ok;
    }

    private static IEnumerable<string> SourcesOf(DataPreparationOptions options) => options.Data is { } data
        ? DataArguments.FilesOf(DataFolder.Find(data, options.ListFile))
        : new[] { options.Images, options.Labels }.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder!));

    private DataPreparationOptions Resolve(CommandContext context)
    {
        var (images, labels, data) = (context.Find(_images), context.Find(_labels), context.Find(_data));
        if ((images is null) != (labels is null) || (images is null) == (data is null))
        {
            throw new UsageException("Give --images and --labels, or --data.");
        }
        if (context.Find(_list) is not null && data is null)
        {
            throw new UsageException("--list names npz slices of --data: give --data too.");
        }
        if (context.Find(_preset) is not null && context.Find(_table) is null && labels is not null)
        {
            PreparedLabels.Refuse(labels);
        }
        var defaults = context.Find(_preset) is null ? new DataPreparationOptions { Output = context.Get(_output) } : DataPreparationPresets.Synapse(context.Get(_output));
        var found = data is null ? null : DataFolder.Find(data, context.Find(_list));
        // What was prepared before has its classes already.
        var isPrepared = found?.Kind == SegmentationDataKind.NormalizedSlices;
        if (context.Find(_preset) is null && found?.Description is { } description)
        {
            defaults = AsDescribed(context, defaults, description);
        }
        var given = defaults with
        {
            Images = images, Labels = labels, Data = data, ListFile = context.Find(_list),
            LabelTable = context.Find(_table) is { } table ? LabelTable.Load(table) : isPrepared && found?.Description is null ? null : defaults.LabelTable,
            Size = context.Find(_size), Format = _format.ValueOf(context.Parsed), Compress = context.Find(_compress), Workers = context.Get(_workers), Overwrite = context.Find(_overwrite),
            ZoomEdge = context.Find(_zoomEdge) switch { "paper" => ZoomEdge.Paper, "exact" => ZoomEdge.Exact, _ => defaults.ZoomEdge },
            CaseNames = context.Find(_caseNames) switch { "number" => CaseNaming.Number, "file" => CaseNaming.FileName, _ => defaults.CaseNames },
        };
        if (context.Find(_window) is { Length: > 0 } words)
        {
            var (min, max) = PreprocessingArguments.ParseWindow(words);
            given = given with { WindowMin = min, WindowMax = max, WindowArrays = true };
        }
        if (context.Find(_orientation) is { } orientation)
        {
            given = given with { Orientation = PreprocessingArguments.ParseOrientation(orientation) };
        }
        return context.Find(_testCases) is { } test ? given with { TestCases = Names(test), PassOverAbsentTestCases = false } : given;
    }

    /// <summary>What samed init found decides where the command line does not. Not its orientation: prepared files could not tell prediction of it.</summary>
    private static DataPreparationOptions AsDescribed(CommandContext context, DataPreparationOptions defaults, DatasetDescription description)
    {
        context.Console.Note($"{description.Path}: classes, window and test cases are taken from it where no option says otherwise.");
        var way = description.Apply(new() { ImageSize = 1, WindowMin = defaults.WindowMin, WindowMax = defaults.WindowMax });
        return defaults with
        {
            LabelTable = description.Labels,
            WindowMin = way.WindowMin,
            WindowMax = way.WindowMax,
            WindowArrays = way.WindowArrays,
            TestCases = description.Split?.Test ?? [],
        };
    }

    /// <summary>Names of cases; those of prepared files stand in lists with their endings.</summary>
    private static string[] Names(string given) =>
        [.. (File.Exists(given) ? File.ReadLines(given) : given.Split(',')).Select(name => name.Trim()).Where(name => name.Length > 0).Select(VolumeFile.CaseName)];

    private static void Print(CliConsole console, DataPreparationResult result, string record)
    {
        var test = result.Cases.Count(item => item.IsTest);
        var slices = result.Cases.Where(item => !item.IsTest).Sum(item => item.Slices);
        console.Line(string.Create(CultureInfo.InvariantCulture,
            $"{result.Cases.Count - test} cases to train on ({slices} slices), {test} to test on{(result.KeptCases > 0 ? $"; {result.KeptCases} were there already" : "")}."));
        if (test < result.Cases.Count)
        {
            console.Line($"  train  {result.TrainingFolder}");
        }
        if (test > 0)
        {
            console.Line($"  test   {result.TestFolder}");
        }
        console.Line($"  lists  {result.ListFolder}");
        console.Line($"  record {record}");
    }

    private sealed class Progress(IProgressScope bar) : IProgress<PreparationProgress>
    {
        public void Report(PreparationProgress value) =>
            bar.Report(BarTotal * value.Done / value.Total, string.Create(CultureInfo.InvariantCulture, $"{value.Done}/{value.Total} {value.Case}{(value.WasKept ? " kept" : "")}"));
    }
}
