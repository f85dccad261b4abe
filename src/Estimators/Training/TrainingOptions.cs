using System.Globalization;
using System.Text.Json.Serialization;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The optimisers of the reference's train.py.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW, betas 0.9 and 0.999, eps 1e-8 (the published recipe's <c>--AdamW</c>).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum 0.9 (the reference's default without <c>--AdamW</c>).</summary>
    Sgd,
}

/// <summary>How to train. The defaults are the published SAMed recipe (arXiv 2304.13785, section 4.1, and its train.py with
/// <c>--warmup --AdamW</c>).</summary>
public sealed record TrainingOptions
{
    /// <summary>The seed when none is given.</summary>
    public const long DefaultSeed = 1234;

    /// <summary>Passes over the training slices. Default 160 (the reference's <c>stop_epoch</c>).</summary>
    public int Epochs { get; init; } = 160;

    /// <summary>Epochs that the polynomial decay of the learning rate is stretched over (the reference's <c>max_epochs</c>).
    /// Default null = a quarter more than <see cref="Epochs"/>, which gives the published 200 for 160.</summary>
    public int? ScheduleEpochs { get; init; }

    /// <summary>Slices per forward pass, on all <see cref="Devices"/> together. Default 12.</summary>
    public int BatchSize { get; init; } = 12;

    /// <summary>Forward and backward passes per optimiser step, so that <c>BatchSize × AccumulationSteps</c> slices count in one step. Default 1.
    /// The cross entropy is then the same as with the larger batch; the Dice term is averaged over the parts instead of pooled.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Highest learning rate. Default 0.005.</summary>
    public double LearningRate { get; init; } = 0.005;

    /// <summary>Optimiser steps of linear warm-up; 0 = none. Default 250.</summary>
    public int WarmupSteps { get; init; } = 250;

    /// <summary>Exponent of the polynomial decay. Default 0.9 (SAMed_h: 7).</summary>
    public double LearningRateExponent { get; init; } = 0.9;

    /// <summary>Default <see cref="OptimizerKind.AdamW"/>.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>Weight decay on every trained parameter. Default null = the reference's: 0.1 for AdamW, 1e-4 for SGD.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Weight of the Dice loss, the rest is <see cref="PixelLoss"/>. Range [0, 1], default 0.8.</summary>
    public double DiceWeight { get; init; } = 0.8;

    /// <summary>In which format the transformer layers compute, forward and backward; trained weights, optimiser and losses are float32 either way. Default <see cref="Precision.Fp32"/>.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Whether the encoder's blocks keep only their inputs for the backward pass and are computed again in it: less memory, more time, the same weights. Default false.</summary>
    public bool Checkpointing { get; init; }

    /// <summary>What the loss has beside Dice. Default <see cref="PixelLoss.CrossEntropy"/>, as published.</summary>
    public PixelLoss PixelLoss { get; init; } = PixelLoss.CrossEntropy;

    /// <summary>How labels are brought to the grid of the low-resolution logits. Default <see cref="LowResLabels.Centered"/>; the published run had <see cref="LowResLabels.Paper"/>.</summary>
    public LowResLabels LowResLabels { get; init; } = LowResLabels.Centered;

    /// <summary>Whether a GPU of NVIDIA may multiply float32 matrices and convolve in TensorFloat-32: faster, with 10 instead of 23 bits of the fraction. Default false (SAMed_h: true).</summary>
    public bool AllowTf32 { get; init; }

    /// <summary>Whether training slices are rotated and flipped at random. Default true.</summary>
    public bool Augment { get; init; } = true;

    /// <summary>How many augmentations a slice has: epoch e shows it as epoch e mod N did, a function of (seed, the slice's image, e mod N). Default null = new ones in every epoch, as published.
    /// With 1 every epoch sees the same images.</summary>
    public int? AugmentationSet { get; init; }

    /// <summary>Keeps what the encoder blocks before the first that trains give for each image, so that later epochs and runs do not compute it again; losses and weights stay the same.
    /// Needs an <see cref="AugmentationSet"/>, or <see cref="Augment"/> false, and LoRA that starts at a later block. Default null = computed every time.</summary>
    public FeatureCacheOptions? FeatureCache { get; init; }

    /// <summary>Seed of the initial weights, the order of slices, the augmentation and the split by patient.
    /// Default null = <see cref="DefaultSeed"/>; in an ML.NET pipeline, drawn from the seed of its MLContext.</summary>
    public long? Seed { get; init; }

    /// <summary>Epochs between validations. Default 1.</summary>
    public int ValidateEvery { get; init; } = 1;

    /// <summary>Stop after so many validations without a better mean Dice. Default null = never.</summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>Epochs between numbered checkpoints that are kept (<c>epoch_19.pth</c>, …; the reference keeps every 20th). Default null = only best and last.</summary>
    public int? KeepEvery { get; init; }

    /// <summary>Steps between pictures of a slice in the run folder's TensorBoard log, each about 0.1 MB at 512 pixels; 0 = none. Default 20, as the reference.</summary>
    public int PictureEvery { get; init; } = 20;

    /// <summary>The devices that share every batch, each with a copy of the network: numbers of CUDA devices (<c>0</c>, <c>1</c>), <c>cuda:N</c>, or <c>cpu</c>, also several times.
    /// The loss is that of the whole batch, so other devices give the same run but for the order of sums. The network is made, validated and saved on the first. Default null = the one device
    /// that the network lies on.</summary>
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Threads that prepare slices. Default 0 = one less than the processors, at least 1 and at most 8. The result does not depend on it.</summary>
    public int Workers { get; init; }

    /// <summary>Epochs the learning rate is stretched over, the default resolved.</summary>
    [JsonIgnore]
    public int ResolvedScheduleEpochs => ScheduleEpochs ?? (int)Math.Ceiling(Epochs * 1.25);

    /// <summary>Weight decay, the default resolved.</summary>
    [JsonIgnore]
    public double ResolvedWeightDecay => WeightDecay ?? (Optimizer == OptimizerKind.AdamW ? 0.1 : 1e-4);

    /// <summary>The seed, the default resolved.</summary>
    [JsonIgnore]
    public long ResolvedSeed => Seed ?? DefaultSeed;

    /// <summary>Worker threads, the default resolved.</summary>
    [JsonIgnore]
    public int ResolvedWorkers => Workers > 0 ? Workers : Math.Clamp(Environment.ProcessorCount - 1, 1, 8);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every option that is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Check(ScheduleEpochs is null || ScheduleEpochs >= Epochs, nameof(ScheduleEpochs), ScheduleEpochs ?? 0, $"at least Epochs ({Epochs})");
        Check(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Check(AccumulationSteps >= 1, nameof(AccumulationSteps), AccumulationSteps, "at least 1");
        Check(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "above 0");
        Check(WarmupSteps >= 0, nameof(WarmupSteps), WarmupSteps, "at least 0");
        Check(LearningRateExponent >= 0 && double.IsFinite(LearningRateExponent), nameof(LearningRateExponent), LearningRateExponent, "at least 0");
        Check(Enum.IsDefined(Optimizer), nameof(Optimizer), (double)Optimizer, "AdamW (0) or Sgd (1)");
        Check(WeightDecay is null || (WeightDecay >= 0 && double.IsFinite(WeightDecay.Value)), nameof(WeightDecay), WeightDecay ?? 0, "at least 0");
        Check(Enum.IsDefined(Precision), nameof(Precision), (double)Precision, "Fp32 (0) or Bf16 (1)");
        Check(DiceWeight is >= 0 and <= 1, nameof(DiceWeight), DiceWeight, "0 to 1");
        Check(ValidateEvery >= 1, nameof(ValidateEvery), ValidateEvery, "at least 1");
        Check(EarlyStoppingPatience is null or >= 1, nameof(EarlyStoppingPatience), EarlyStoppingPatience ?? 0, "at least 1");
        Check(KeepEvery is null or >= 1, nameof(KeepEvery), KeepEvery ?? 0, "at least 1");
        Check(PictureEvery >= 0, nameof(PictureEvery), PictureEvery, "at least 0");
        Check(Enum.IsDefined(PixelLoss), nameof(PixelLoss), (double)PixelLoss, "CrossEntropy (0) or Focal (1)");
        Check(Enum.IsDefined(LowResLabels), nameof(LowResLabels), (double)LowResLabels, "Centered (0) or Paper (1)");
        Check(Workers >= 0, nameof(Workers), Workers, "at least 0");
        faults.AddRange(Devices is null ? [] : TrainingDevices.FaultsOf(Devices, BatchSize));
        Check(AugmentationSet is null or >= 1, nameof(AugmentationSet), AugmentationSet ?? 0, "at least 1");
        faults.AddRange(FeatureFaults());
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Training options: {string.Join("; ", faults)}.");
        }

        void Check(bool holds, string name, double got, string expected)
        {
            if (!holds)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be {expected}, got {got}"));
            }
        }
    }

    private IEnumerable<string> FeatureFaults()
    {
        if (AugmentationSet is not null && !Augment)
        {
            yield return "AugmentationSet is for training with augmentation, and Augment is false";
        }
        if (FeatureCache is not null && Augment && AugmentationSet is null)
        {
            yield return "FeatureCache needs images that come again: set AugmentationSet (--augmentation-set), or Augment to false (--no-augment)";
        }
        foreach (var fault in FeatureCache?.Faults() ?? [])
        {
            yield return fault;
        }
    }
}
