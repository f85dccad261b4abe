using SAMed.MLNet.Estimators.Sweeps;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Cli.Tests.Support;

/// <summary>Trials on a <see cref="TinyScene"/>.</summary>
internal static class TinySpec
{
    /// <summary>What all trials have in common: long enough to be stopped in the middle.</summary>
    public static TrainingRunOptions Template(TinyScene scene, int epochs = 4) => new()
    {
        Data = scene.Data,
        Output = "",
        Model = TinyScene.Options,
        Lora = new LoraOptions { Rank = 2, TrainEncoder = true },
        Labels = LabelTable.Synapse,
        SamFile = scene.Sam,
        Training = new TrainingOptions { Epochs = epochs, BatchSize = 4, WarmupSteps = 2, LearningRate = 0.01, Workers = 1 },
        Preprocessing = new() { ImageSize = 32, WindowMin = -125, WindowMax = 275, Orientation = "RAS" },
        ValidationCases = ["p1"],
        Device = "cpu",
    };

    public static TrialSpec Of(TinyScene scene, int id = 0, int epochs = 4) =>
        TrialSpec.Of(new() { TrialId = id, Parameter = new([new("rank", 2)]), Seed = 5 }, Template(scene, epochs));

    /// <summary>Writes the definition and gives the command that does the trial in the folder <paramref name="output"/>.</summary>
    public static string[] Command(TinyScene scene, string output, TrialSpec spec, params string[] more)
    {
        spec.Save(scene.File(output + ".json"));
        return ["trial", scene.File(output + ".json"), "--output", scene.File(output), .. more];
    }

    /// <summary>The bytes of weights and optimiser.</summary>
    public static byte[] Weights(string trial) => System.IO.File.ReadAllBytes(Path.Combine(trial, "run", "resume.safetensors"));

    /// <summary>What of a result is the same whenever, wherever and in how many parts the trial was done.</summary>
    public static object[] Same(TrialResult result) =>
        [result.TrialSettings.TrialId, result.TrialSettings.Parameter, result.Metric, result.Epochs!, result.BestEpoch!, string.Join(' ', result.Curve), result.TrainableParameters!, $"{result.Scores?.Dice} {result.Scores?.Hd95Mm}"];
}
