using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Cli.Training;

/// <summary>The options that describe a training run, for the commands that train: what to start from, which data, how to train, where to compute.</summary>
internal sealed class RunArguments
{
    private readonly Option<string?> _sam = new("--sam") { Description = "Segment Anything checkpoint to start from (.pth or .safetensors). Without it training starts from random weights.", HelpName = "FILE" };
    private readonly Option<string?> _lora = new("--lora") { Description = "LoRA file to start from (weights only).", HelpName = "FILE" };
    private readonly Option<string?> _model = new("--model") { Description = "Architecture. Default: the preset's, else vit_b.", HelpName = "vit_b|vit_l|vit_h|FILE.json" };
    private readonly Option<string> _device = CommonOptions.Device();
    private readonly DataArguments _data = new();
    private readonly PreprocessingArguments _preprocessing = new(forTraining: true);
    private readonly TrainArguments _training = new();

    /// <summary>Where to start from.</summary>
    public IEnumerable<Option> Start => [_sam, _lora, _model];

    /// <summary>Which data, how to train, which cases.</summary>
    public IEnumerable<Option> Recipe => _data.Sources.Concat(_training.Options).Concat(_preprocessing.Options).Concat(_data.Cases);

    /// <summary>Where to compute.</summary>
    public Option Device => _device;

    /// <summary>The run into <paramref name="output"/>. Options that a command leaves out have their defaults.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainingRunOptions Resolve(CommandContext context, string output)
    {
        if (_training.GivesDevices(context) && context.Get(_device) != "auto")
        {
            throw new UsageException("--device is for training on one device and --devices names those that share the batches: give one of the two.");
        }
        var preset = _training.Preset(context);
        var model = context.Find(_model) is { } name ? SamRegistry.Resolve(name) : preset?.Model ?? SamOptions.VitB;
        return _data.Resolve(context, model, output, _preprocessing) with
        {
            SamFile = context.Find(_sam),
            LoraFile = context.Find(_lora),
            Lora = _training.Lora(context, model.Depth, fromRandom: context.Find(_sam) is null),
            Training = _training.Training(context, output),
            Preset = preset?.Name,
            Device = context.Get(_device),
        };
    }
}
