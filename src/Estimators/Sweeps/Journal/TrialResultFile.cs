using System.Text.Json;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What came of a trial on disk: <c>result.json</c> in the trial's folder, which alone says that the trial is done.</summary>
internal static class TrialResultFile
{
    /// <summary>Its name.</summary>
    public const string Name = "result.json";

    /// <summary>Writes the result into the trial's folder, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string folder, TrialResult result) =>
        AtomicFile.WriteText(Path.Combine(folder, Name), JsonSerializer.Serialize(result, SweepJson.File) + "\n");

    /// <summary>The result in a trial's folder, with <see cref="TrialResult.Folder"/>; null when there is none.</summary>
    /// <exception cref="SweepFolderException">The file is damaged.</exception>
    public static TrialResult? Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            return JsonSerializer.Deserialize<TrialResult>(File.ReadAllText(path), SweepJson.File) is { } result
                ? result with { Folder = folder }
                : throw new JsonException("It holds null.");
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new SweepFolderException(path, $"is no result of a trial ({fault.Message}). Delete it, and the trial goes on from its checkpoint.", fault);
        }
    }

    /// <summary>What the result was after so many epochs, as its curve tells; the same result when it has not more. Durations are those of a share of the epochs.</summary>
    public static TrialResult After(TrialResult result, int epochs)
    {
        if (result.Epochs is not { } all || all <= epochs)
        {
            return result with { TrialSettings = result.TrialSettings with { UntilEpoch = epochs } };
        }
        EpochDice[] curve = [.. result.Curve.Where(point => point.Epoch <= epochs)];
        var best = curve.MaxBy(point => point.Dice);
        return result with
        {
            TrialSettings = result.TrialSettings with { UntilEpoch = epochs },
            Metric = best?.Dice ?? double.NaN,
            BestEpoch = curve.FirstOrDefault(point => point.Dice == best!.Dice)?.Epoch,
            Curve = curve,
            Epochs = epochs,
            Scores = null,
            DurationInMilliseconds = result.DurationInMilliseconds * epochs / all,
        };
    }
}
