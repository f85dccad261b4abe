using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Cli.Training;

/// <summary>The options of <c>train</c> that become <see cref="TrainingOptions"/> and <see cref="LoraOptions"/>. A value that is not given keeps the
/// preset's, or the record's default, so that the published recipes stand in one place.</summary>
internal sealed class TrainArguments
{
    private static readonly TrainingOptions s_recipe = new();

    private readonly Option<string?> _preset = new("--preset")
    {
        Description = "A published recipe, for whatever the other options leave open: " + string.Join("; ", TrainingPresets.All.Select(preset => $"{preset.Name} = {preset.Description}")) +
            ". Default: none, which is samed with batches of 12.",
        HelpName = string.Join('|', TrainingPresets.All.Select(preset => preset.Name)),
    };
    private readonly OptionalChoice<LoraPlacement> _placement = new("--placement",
        "What gets LoRA: encoder (SAMed), encoder+decoder (SAMed_s: the mask decoder's transformer too, whose own weights are frozen then), or none (the mask decoder alone is trained). Default: the preset's, else encoder.",
        [.. LoraPlacements.Names.Select(name => (name, LoraPlacements.Parse(name)))]);
    private readonly Option<int?> _rank = NumberOption.Whole("--rank", "Rank of the LoRA matrices. Default: 4.", atLeast: 1);
    private readonly Option<string?> _layers = new("--lora-layers") { Description = "Encoder blocks that get LoRA, for instance 6-11 or 0,2,4. Default: all.", HelpName = "LIST" };
    private readonly Option<bool?> _trainEncoder = Switch("--train-encoder",
        "Train the image encoder's own weights too (full fine-tuning). Default: false, as published; true without a --sam file, because frozen random weights learn little.");
    private readonly Option<int?> _epochs = NumberOption.Whole("--epochs", $"Passes over the training slices. Default: {s_recipe.Epochs}.", atLeast: 1);
    private readonly Option<int?> _scheduleEpochs = NumberOption.Whole("--schedule-epochs", "Epochs that the learning rate is stretched over. Default: a quarter more than --epochs (200 for 160, as published); with a preset, in its proportion.", atLeast: 1);
    private readonly Option<int?> _batchSize = NumberOption.Whole("--batch-size", $"Slices per forward pass. Default: {s_recipe.BatchSize}.", atLeast: 1);
    private readonly Option<int?> _accumulate = NumberOption.Whole("--accumulate", "Forward passes per optimiser step. Default: 1.", atLeast: 1);
    private readonly Option<double?> _learningRate = NumberOption.Real("--lr", $"Highest learning rate. Default: {s_recipe.LearningRate}.", "above 0", value => value > 0);
    private readonly Option<int?> _warmup = NumberOption.Whole("--warmup", $"Optimiser steps of linear warm-up, 0 = none. Default: {s_recipe.WarmupSteps}.", atLeast: 0);
    private readonly Option<double?> _exponent = NumberOption.Real("--lr-exponent", $"Exponent of the learning rate's decay. Default: {s_recipe.LearningRateExponent}.", "0 or more", value => value >= 0);
    private readonly OptionalChoice<OptimizerKind> _optimizer = new("--optimizer", "Optimiser. Default: adamw.", ("adamw", OptimizerKind.AdamW), ("sgd", OptimizerKind.Sgd));
    private readonly Option<double?> _weightDecay = NumberOption.Real("--weight-decay", "Weight decay. Default: 0.1 for adamw, 0.0001 for sgd.", "0 or more", value => value >= 0);
    private readonly Option<double?> _diceWeight = NumberOption.Real("--dice-weight", $"Share of the Dice loss, 0..1; the rest is --loss. Default: {s_recipe.DiceWeight}.", "0 to 1", value => value is >= 0 and <= 1);
    private readonly OptionalChoice<Precision> _precision = CommonOptions.Precision();
    private readonly Option<bool?> _checkpointing = Switch("--checkpointing", "Keep only the inputs of the encoder's blocks for the backward pass and compute them again in it: less memory, more time, the same weights.");
    private readonly OptionalChoice<PixelLoss> _loss = new("--loss", "Beside the Dice loss: ce (cross entropy) or focal. Default: ce.", ("ce", PixelLoss.CrossEntropy), ("focal", PixelLoss.Focal));
    private readonly OptionalChoice<LowResLabels> _lowResLabels = new("--low-res-labels",
        "How labels are brought to the grid of the low-resolution logits: centered, or paper for the reference's corner-aligned one, up to 1.5 pixels off at 512. Default: centered.",
        ("centered", LowResLabels.Centered), ("paper", LowResLabels.Paper));
    private readonly Option<bool?> _tf32 = Switch("--tf32", "Let a GPU of NVIDIA compute float32 products in TensorFloat-32. Default: false; true with --preset samed_h.");
    private readonly Option<int?> _pictureEvery = NumberOption.Whole("--picture-every", $"Steps between pictures of a training slice in tensorboard/, 0 = none. Default: {s_recipe.PictureEvery}.", atLeast: 0);
    private readonly Option<bool> _noAugment = new("--no-augment") { Description = "Leave out the random flips and rotations." };
    private readonly Option<int?> _augmentationSet = NumberOption.Whole("--augmentation-set",
        "Augmentations of a slice, which come again every so many epochs. Default: new ones in every epoch, as published.", atLeast: 1);
    private readonly FeatureCacheArguments _cache = new();
    private readonly Option<int?> _validateEvery = NumberOption.Whole("--validate-every", "Epochs between validations. Default: 1.", atLeast: 1);
    private readonly Option<int?> _patience = NumberOption.Whole("--patience", "Stop early after so many validations without a better Dice. Default: never.", atLeast: 1);
    private readonly Option<int?> _keepEvery = NumberOption.Whole("--keep-every", "Also keep a numbered checkpoint every so many epochs (the reference: 20), named as the reference does: epoch_19.pth after the 20th. Default: only best and last.", atLeast: 1);
    private readonly DevicesOption _devices = new();
    private readonly Option<int?> _workers = NumberOption.Whole("--workers", "Threads that prepare slices; the result does not depend on it. Default: processors - 1, at most 8.", atLeast: 0);
    private readonly Option<int> _seed = CommonOptions.Seed(1234);

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options =>
    [
        _preset, _placement, _rank, _layers, _trainEncoder, _epochs, _scheduleEpochs, _batchSize, _accumulate, _learningRate, _warmup, _exponent, _optimizer, _weightDecay, _diceWeight, _loss, _lowResLabels,
        _precision, _checkpointing, _noAugment, _augmentationSet, .. _cache.Options, _validateEvery, _patience, _keepEvery, _pictureEvery, _tf32, _devices, _workers, _seed,
    ];

    public TrainArguments() => _preset.AcceptOnlyFromAmong([.. TrainingPresets.All.Select(preset => preset.Name)]);

    /// <summary>The recipe that was asked for, if any.</summary>
    public TrainingPreset? Preset(CommandContext context) => context.Find(_preset) is { } name ? TrainingPresets.Resolve(name) : null;

    /// <summary>Whether several devices share the batches.</summary>
    public bool GivesDevices(CommandContext context) => _devices.Find(context) is not null;

    /// <summary>What to train; <paramref name="fromRandom"/> tells that there are no pretrained weights.</summary>
    public LoraOptions Lora(CommandContext context, int encoderDepth, bool fromRandom)
    {
        var recipe = Preset(context)?.Lora ?? new LoraOptions();
        return recipe with
        {
            Rank = context.Find(_rank) ?? recipe.Rank,
            Placement = _placement.Find(context.Parsed) ?? recipe.Placement,
            Layers = context.Find(_layers) is { } layers ? ParseLayers(layers, encoderDepth) : recipe.Layers,
            TrainEncoder = context.Find(_trainEncoder) ?? (recipe.TrainEncoder || fromRandom),
        };
    }

    /// <summary>How to train into the folder <paramref name="output"/>.</summary>
    /// <exception cref="UsageException">The schedule is shorter than the run, or options do not go together.</exception>
    public TrainingOptions Training(CommandContext context, string output)
    {
        var options = Given(context, Preset(context)?.Training ?? s_recipe);
        options = options with { FeatureCache = _cache.Resolve(context, output, options) };
        return options.ScheduleEpochs < options.Epochs
            ? throw new UsageException($"--schedule-epochs {options.ScheduleEpochs} is shorter than --epochs {options.Epochs}: the learning rate would be zero before the end.")
            : options;
    }

    private TrainingOptions Given(CommandContext context, TrainingOptions recipe) => recipe with
    {
        Epochs = context.Find(_epochs) ?? recipe.Epochs,
        ScheduleEpochs = context.Find(_scheduleEpochs) ?? (context.Find(_epochs) is { } epochs ? Preset(context)?.ScheduleFor(epochs) : recipe.ScheduleEpochs),
        BatchSize = context.Find(_batchSize) ?? recipe.BatchSize,
        AccumulationSteps = context.Find(_accumulate) ?? recipe.AccumulationSteps,
        LearningRate = context.Find(_learningRate) ?? recipe.LearningRate,
        WarmupSteps = context.Find(_warmup) ?? recipe.WarmupSteps,
        LearningRateExponent = context.Find(_exponent) ?? recipe.LearningRateExponent,
        Optimizer = _optimizer.Find(context.Parsed) ?? recipe.Optimizer,
        WeightDecay = context.Find(_weightDecay) ?? recipe.WeightDecay,
        DiceWeight = context.Find(_diceWeight) ?? recipe.DiceWeight,
        Precision = _precision.Find(context.Parsed) ?? recipe.Precision,
        Checkpointing = context.Find(_checkpointing) ?? recipe.Checkpointing,
        PixelLoss = _loss.Find(context.Parsed) ?? recipe.PixelLoss,
        LowResLabels = _lowResLabels.Find(context.Parsed) ?? recipe.LowResLabels,
        AllowTf32 = context.Find(_tf32) ?? recipe.AllowTf32,
        PictureEvery = context.Find(_pictureEvery) ?? recipe.PictureEvery,
        Augment = recipe.Augment && !context.Find(_noAugment),
        AugmentationSet = AugmentationSet(context) ?? recipe.AugmentationSet,
        ValidateEvery = context.Find(_validateEvery) ?? recipe.ValidateEvery,
        EarlyStoppingPatience = context.Find(_patience) ?? recipe.EarlyStoppingPatience,
        KeepEvery = context.Find(_keepEvery) ?? recipe.KeepEvery,
        Devices = _devices.Find(context) ?? recipe.Devices,
        Workers = context.Find(_workers) ?? recipe.Workers,
        Seed = context.Get(_seed),
    };

    private int? AugmentationSet(CommandContext context) => context.Find(_augmentationSet) is { } set && context.Find(_noAugment)
        ? throw new UsageException($"--augmentation-set {set} and --no-augment exclude each other: one says how many augmentations there are, the other that there are none.")
        : context.Find(_augmentationSet);

    /// <summary>An option that says yes by its name alone, and no by <c>false</c> behind it where a preset says yes.</summary>
    private static Option<bool?> Switch(string name, string description) => new(name) { Description = description, HelpName = "true|false", Arity = ArgumentArity.ZeroOrOne };

    private static IReadOnlyList<int> ParseLayers(string text, int depth) => LoraLayers.TryParse(text, depth, out var layers)
        ? layers
        : throw new UsageException($"--lora-layers takes blocks from 0 to {depth - 1} such as 6-11 or 0,2,4; got '{text}'.");
}
