using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>Trials on the slices of <see cref="TinyData"/>.</summary>
internal static class TinyTrial
{
    /// <summary>Four epochs of rank 2; a full run has as many.</summary>
    public static TrialSpec Spec(TempFolder folder, int id = 0, int? untilEpoch = null, Parameter? point = null) => TrialSpec.Of(
        new TrialSettings { TrialId = id, Parameter = point ?? new([new("rank", 2), new("lr", 0.03)]), Seed = 7, UntilEpoch = untilEpoch },
        folder.Run("unused") with { Training = TinyRun.Options with { Epochs = 4, Augment = false, WarmupSteps = 0 }, ValidationCases = ["case4"] });

    /// <summary>What of a result is the same whenever, wherever and in how many parts the trial was done.</summary>
    public static object[] Same(TrialResult result) =>
        [result.TrialSettings.TrialId, result.TrialSettings.Parameter, result.Metric, result.Epochs!, result.BestEpoch!, string.Join(' ', result.Curve), result.TrainableParameters!, $"{result.Scores?.Dice} {result.Scores?.Hd95Mm}", result.HalvedBatch];

    /// <summary>The bytes of the trained weights.</summary>
    public static byte[] Weights(string trial) => File.ReadAllBytes(Path.Combine(trial, "run", "resume.safetensors"));
}
