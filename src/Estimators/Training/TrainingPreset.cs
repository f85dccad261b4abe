using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>A published recipe under its name: the architecture, what adapts, and how it is trained. Every part is an ordinary options record, to be used or changed with <c>with</c>.</summary>
public sealed record TrainingPreset
{
    /// <summary>Its name, for instance <c>samed_h</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The architecture, with the published image size 512 and input size 224. Its number of classes is replaced by that of the data.</summary>
    public required SamOptions Model { get; init; }

    /// <summary>What adapts.</summary>
    public required LoraOptions Lora { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The options of the ML.NET trainer with this recipe's <see cref="SamLoraSegmentationTrainer.Options.Model"/>, <see cref="SamLoraSegmentationTrainer.Options.Lora"/>
    /// and <see cref="SamLoraSegmentationTrainer.Options.Training"/>; the seed and everything else stay as they are in <paramref name="options"/>.</summary>
    public SamLoraSegmentationTrainer.Options ApplyTo(SamLoraSegmentationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { Model = Model, Lora = Lora, Training = Training with { Seed = options.Training.Seed } };
    }

    /// <summary>The learning rate's horizon for a run of <paramref name="epochs"/> epochs, in the recipe's own proportion (200 for 160, SAMed_h 400 for 300).</summary>
    public int ScheduleFor(int epochs) => (int)Math.Ceiling(epochs * (double)Training.ResolvedScheduleEpochs / Training.Epochs);
}
