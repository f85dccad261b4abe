using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Tests.MLNet;

namespace SAMed.MLNet.Estimators.Tests.Sweeps;

/// <summary>Experiments on <see cref="TinyRows"/>: trials of some tenths of a second.</summary>
internal static class TinyExperiment
{
    public const int Epochs = 8;

    /// <summary>Two cases to train on, one to score on.</summary>
    public static SegmentationExperiment Create(MLContext ml) =>
        ml.Segmentation().CreateExperiment().SetDataset(ml.Data.TrainTestSplitByCase(ml.Data.Cache(ml.View(18)), testCases: ["case2"]));

    /// <summary>The trainer of a point.</summary>
    public static SamLoraSegmentationTrainer.Options OptionsOf(Search search) => TinyRows.Options with
    {
        Lora = TinyRows.Options.Lora with { Rank = search.Rank },
        Training = TinyRun.Options with { Epochs = Epochs, LearningRate = search.LearningRate },
    };

    public static SegmentationExperiment SetPlainPipeline(this SegmentationExperiment experiment) =>
        experiment.SetPipeline<Search>((ml, search) => ml.Segmentation().Trainers.SamLora(OptionsOf(search)));

    public static SegmentationExperiment SetToldPipeline(this SegmentationExperiment experiment) =>
        experiment.SetPipeline<Search>((ml, search, trial) => ml.Segmentation().Trainers.SamLora(trial.Apply(OptionsOf(search) with { ValidationSet = trial.ValidationSet })));

    public static byte[][] Predictions(MLContext ml, ITransformer? model) => ml.PredictedLabels(model!.Transform(ml.View(6)));

    public sealed class Search
    {
        [Choice(1, 2)]
        public int Rank { get; set; } = 2;

        [Choice(0.02, 0.01)]
        public double LearningRate { get; set; } = 0.02;
    }
}
