using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>A whole training run: from a data folder to checkpoints in an output folder.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>The data folder, see <see cref="Data.DataFolder.Find"/>.</summary>
    public required string Data { get; init; }

    /// <summary>List file of the reference's npz slices; null = <c>train.txt</c> of the folder, or every slice.</summary>
    public string? ListFile { get; init; }

    /// <summary>Where the run is kept.</summary>
    public required string Output { get; init; }

    /// <summary>The architecture. Its number of classes is replaced by that of <see cref="Labels"/>.</summary>
    public required SamOptions Model { get; init; }

    /// <summary>What adapts. Default: LoRA of rank 4 on q and v of every encoder block.</summary>
    public LoraOptions Lora { get; init; } = new();

    /// <summary>Ids of the label files and the classes they become.</summary>
    public required LabelTable Labels { get; init; }

    /// <summary>A SAM checkpoint to start from (.pth or .safetensors, any image size); null = random weights.</summary>
    public string? SamFile { get; init; }

    /// <summary>A LoRA file to start from, weights only; null = fresh adapters.</summary>
    public string? LoraFile { get; init; }

    /// <summary>How to train.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Name of the <see cref="TrainingPreset"/> that <see cref="Model"/>, <see cref="Lora"/> and <see cref="Training"/> were taken from, to be recorded in run.json; it changes nothing else. Default null.</summary>
    public string? Preset { get; init; }

    /// <summary>The way of a slice to the network; its image size is the model's.</summary>
    public required PreprocessingOptions Preprocessing { get; init; }

    /// <summary>Share of the patients set aside for validation, [0, 1). Default null: the split that the folder's <c>dataset.json</c> has, else 0.2.</summary>
    public double? ValidationFraction { get; init; }

    /// <summary>Cases set aside by name; null = by <see cref="ValidationFraction"/>.</summary>
    public IReadOnlyList<string>? ValidationCases { get; init; }

    /// <summary>Cases left out altogether, for instance to test on them later. Default none; test cases of the folder's <c>dataset.json</c> are left out anyway.</summary>
    public IReadOnlyList<string> ExcludedCases { get; init; } = [];

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default auto; it must stay so where <see cref="TrainingOptions.Devices"/> names devices.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Whether to continue an interrupted run in <see cref="Output"/>. Default false.</summary>
    public bool Resume { get; init; }

    /// <summary>Epochs after which the run stops for now, counted from its first, 1 to <see cref="TrainingOptions.Epochs"/>; the learning rate follows the schedule of the whole training.
    /// With <see cref="Resume"/> and a later epoch it goes on, to the bits of a run that was never stopped. Not part of the run's identity. Default null = to the end.</summary>
    public int? UntilEpoch { get; init; }
}
