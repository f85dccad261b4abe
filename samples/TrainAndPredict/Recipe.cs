using Microsoft.ML;
using SAMed.MLNet.Estimators;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace TrainAndPredict;

/// <summary>What is trained, and how.</summary>
internal static class Recipe
{
    /// <summary>SAM's architecture, small enough for two CPU cores. With weights of Segment Anything (<c>--sam sam_vit_b_01ec64.pth</c>) it is <see cref="SamOptions.VitB"/>.</summary>
    public static SamOptions Small { get; } = new()
    {
        ImageSize = 64, PatchSize = 8, EmbedDim = 64, Depth = 3, NumHeads = 2, WindowSize = 4, GlobalAttnIndexes = [2],
        PromptEmbedDim = 32, DecoderNumHeads = 4, DecoderMlpDim = 128, IouHeadHiddenDim = 32,
    };

    /// <summary>The trainer; <paramref name="samFile"/> null starts from random weights, and then the image encoder has to train too.</summary>
    public static SamLoraSegmentationTrainer Trainer(MLContext ml, SamOptions model, string? samFile, int epochs) =>
        ml.Segmentation().Trainers.SamLora(new SamLoraSegmentationTrainer.Options
        {
            Model = model,
            SamFile = samFile,
            Lora = new LoraOptions { Rank = 4, TrainEncoder = samFile is null },
            Training = new TrainingOptions { Epochs = epochs, BatchSize = 8, LearningRate = 0.003, WarmupSteps = 20, WeightDecay = 0.01, Augment = false },
            Progress = new Losses(),
        });

    /// <summary>Prints the loss ten times.</summary>
    private sealed class Losses : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == 1 || value.Step % Math.Max(1, value.TotalSteps / 10) == 0)
            {
                Console.WriteLine($"epoch {value.Epoch,2} of {value.Epochs}, step {value.Step,4}: loss {value.Losses.Total:f4}");
            }
        }
    }
}
