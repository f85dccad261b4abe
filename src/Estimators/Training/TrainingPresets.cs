using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The published recipes. Sources: SAMed (arXiv 2304.13785), its train.py with <c>--warmup --AdamW</c>, and SAMed_h/train.py with
/// <c>--warmup --AdamW --tf32 --compile --use_amp --lr_exp 7 --max_epochs 400 --stop_epoch 300</c>.</summary>
public static class TrainingPresets
{
    // The published runs of SAMed and SAMed_s had 12 slices on each of two GPUs: 93 steps for 2211 slices, the loss over all 24.
    private static readonly TrainingOptions TwoGpus = new() { BatchSize = 24, Epochs = 160, ScheduleEpochs = 200, LowResLabels = LowResLabels.Paper };

    /// <summary>SAMed: vit_b, LoRA of rank 4 in the encoder, mask decoder trained; 160 of 200 epochs, 24 slices per step.</summary>
    public static TrainingPreset Samed { get; } = new()
    {
        Name = "samed",
        Description = "SAMed: vit_b, LoRA in the encoder, the mask decoder trained; 160 of 200 epochs, batches of 24",
        Model = SamOptions.VitB,
        Lora = new() { Placement = LoraPlacement.Encoder },
        Training = TwoGpus,
    };

    /// <summary>SAMed_s: vit_b, LoRA of rank 4 in the encoder and in the mask decoder's transformer, whose own weights are frozen; trained as <see cref="Samed"/>.</summary>
    public static TrainingPreset SamedS { get; } = new()
    {
        Name = "samed_s",
        Description = "SAMed_s: vit_b, LoRA in the encoder and in the mask decoder's transformer; trained as samed",
        Model = SamOptions.VitB,
        Lora = new() { Placement = LoraPlacement.EncoderDecoder },
        Training = TwoGpus,
    };

    /// <summary>SAMed_h: vit_h, LoRA of rank 4 in the encoder, mask decoder trained; 300 of 400 epochs, 24 slices per step, exponent 7 of the learning rate's decay,
    /// bfloat16 (published: float16 with a gradient scaler) and TF32 on a GPU.</summary>
    public static TrainingPreset SamedH { get; } = new()
    {
        Name = "samed_h",
        Description = "SAMed_h: vit_h, LoRA in the encoder, the mask decoder trained; 300 of 400 epochs, batches of 24, learning-rate exponent 7, bf16 and TF32",
        Model = SamOptions.VitH,
        Lora = new() { Placement = LoraPlacement.Encoder },
        Training = new() { BatchSize = 24, Epochs = 300, ScheduleEpochs = 400, LearningRateExponent = 7, LowResLabels = LowResLabels.Paper, Precision = Precision.Bf16, AllowTf32 = true },
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainingPreset> All { get; } = [Samed, SamedS, SamedH];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static TrainingPreset Resolve(string name) => All.FirstOrDefault(preset => preset.Name == name) ?? throw new ArgumentException(
        $"The preset '{name}' is not known: expected {string.Join(", ", All.Select(preset => preset.Name))}.", nameof(name));
}
