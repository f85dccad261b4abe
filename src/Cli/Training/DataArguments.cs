using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Training;

/// <summary>The options of <c>train</c> that say which data, with which labels and which cases. What is not given comes from the folder's dataset.json where it has one.</summary>
internal sealed class DataArguments
{
    private readonly Option<string> _data = new("--data") { Description = "Folder with images/ and labels/ (or nnU-Net's imagesTr/ and labelsTr/), with the reference's npz slices, or described by samed init (dataset.json: files, labels, window, orientation, channels, split). Images with NaN or infinite voxels are refused.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _list = new("--list") { Description = "List of the npz slices to use, one name per line. Default: DIR/train.txt, or every slice.", HelpName = "FILE" };
    private readonly Option<string?> _labels = CommonOptions.Labels("Ids that the label files use and the organs they are. Default: what DIR/dataset.json says, else synapse (SAMed's own ids 0..8).");
    private readonly OptionalChoice<ChannelChoice> _channels = new("--channels", "Channels of the images: grey, rgb for pictures in colour (grey ones are repeated), or auto: rgb if any picture is in colour. Default: what DIR/dataset.json says, else auto.",
        ("grey", ChannelChoice.Grey), ("rgb", ChannelChoice.Rgb), ("auto", ChannelChoice.Auto));
    private readonly Option<double?> _validation = new("--validation") { Description = "Share of the patients set aside for validation. Default: the split of DIR/dataset.json, else 0.2.", HelpName = "X" };
    private readonly Option<string?> _validationCases = new("--validation-cases") { Description = "Cases set aside by name, separated by commas, instead of --validation.", HelpName = "NAMES" };
    private readonly Option<string?> _excludeCases = new("--exclude-cases") { Description = "Cases left out altogether, separated by commas, for instance to test on. Test cases of DIR/dataset.json always are.", HelpName = "NAMES" };

    public DataArguments() => _validation.Takes("a share of the patients, at least 0 and below 1", share => share is >= 0 and < 1);

    /// <summary>Which data.</summary>
    public IEnumerable<Option> Sources => [_data, _list, _labels, _channels];

    /// <summary>Which cases of them.</summary>
    public IEnumerable<Option> Cases => [_validation, _validationCases, _excludeCases];

    /// <summary>The data, labels, preprocessing and cases of a run; the command line counts before dataset.json, and that before the defaults. Tells what came from the file.</summary>
    public TrainingRunOptions Resolve(CommandContext context, SamOptions model, string output, PreprocessingArguments preprocessing)
    {
        var data = DataFolder.Find(context.Get(_data), context.Find(_list));
        var description = data.Description;
        if (description is not null)
        {
            context.Console.Note(Tell(context, description, preprocessing));
        }
        return new()
        {
            Data = context.Get(_data),
            ListFile = context.Find(_list),
            Output = output,
            Model = model,
            Labels = context.Find(_labels) is { } labels ? LabelTable.Load(labels) : description?.Labels ?? LabelTable.Synapse,
            Preprocessing = preprocessing.Apply(context, Defaults(data, model)) with { Channels = Channels(context, data) },
            ValidationFraction = context.Find(_validation),
            ValidationCases = Names(context.Find(_validationCases)),
            ExcludedCases = Names(context.Find(_excludeCases)) ?? [],
        };
    }

    /// <summary>Every file of the data: images, label maps, list and description.</summary>
    public static IEnumerable<string> FilesOf(SegmentationData data) =>
        data.Files.SelectMany(file => new[] { file.ImagePath, file.LabelPath }).Concat(new[] { data.ListFile, data.Description?.Path }.OfType<string>()).Distinct();

    private enum ChannelChoice
    {
        Grey = 1,
        Rgb = 3,
        Auto = 0,
    }

    private int Channels(CommandContext context, SegmentationData data) => _channels.Find(context.Parsed) switch
    {
        null when data.Description is { } description => description.Channels,
        null or ChannelChoice.Auto => Detected(context, data),
        { } choice => (int)choice,
    };

    private static int Detected(CommandContext context, SegmentationData data)
    {
        var channels = ImageChannels.Detect(data.Files.Select(file => file.ImagePath), context.Cancellation);
        if (channels > 1)
        {
            context.Console.Note("Pictures in colour: the network gets their three channels (--channels grey would refuse them)");
        }
        return channels;
    }

    private static PreprocessingOptions Defaults(SegmentationData data, SamOptions model)
    {
        var defaults = new PreprocessingOptions
        {
            ImageSize = model.ImageSize,
            InputSize = model.InputSize,
            WindowMin = PreprocessingOptions.PublishedWindow.Min,
            WindowMax = PreprocessingOptions.PublishedWindow.Max,
            // Slices without a geometry cannot say which way they lie, so later volumes are not turned either.
            Orientation = data.Kind == SegmentationDataKind.Volumes ? "RAS" : null,
        };
        return data.Description?.Apply(defaults) ?? defaults;
    }

    /// <summary>One line: what dataset.json decides, and what the command line decides instead.</summary>
    private string Tell(CommandContext context, DatasetDescription description, PreprocessingArguments preprocessing)
    {
        var window = description.WindowMin is { } min ? string.Create(CultureInfo.InvariantCulture, $"{min}..{description.WindowMax}") : "none, intensities in 0..1";
        string[] replaced = [.. new (string Option, bool Given)[]
        {
            ("--labels", context.Find(_labels) is not null),
            ("--list", context.Find(_list) is not null),
            ("--channels", context.Find(_channels) is not null),
            ("--validation", context.Find(_validation) is not null),
            ("--validation-cases", context.Find(_validationCases) is not null),
            ("--window", preprocessing.GivesWindow(context)),
            ("--orientation", preprocessing.GivesOrientation(context)),
        }.Where(option => option.Given).Select(option => option.Option)];
        return $"{description.Path}: {description.Labels.ClassCount} class{(description.Labels.ClassCount == 1 ? "" : "es")} ({string.Join(", ", description.Labels.Classes.Take(8).Select(entry => entry.Name))}{(description.Labels.ClassCount > 8 ? ", …" : "")}), " +
            $"window {window}, orientation {description.Orientation ?? "as stored"}" + (replaced.Length == 0 ? "" : $"; the command line decides instead: {string.Join(", ", replaced)}");
    }

    private static string[]? Names(string? list) => list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
