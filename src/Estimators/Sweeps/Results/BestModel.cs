using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>The best trial's model where it is easily found: <c>best/best.pth</c> in the sweep's folder, with the record of its run and, for a random start, the starting weights beside it.</summary>
/// <param name="LoraFile">The LoRA file.</param>
/// <param name="SamFile">The SAM file that goes with it.</param>
public sealed record BestModel(string LoraFile, string SamFile)
{
    /// <summary>The folder of the best model in a sweep's folder.</summary>
    public static string FolderOf(string sweep) => Path.Combine(sweep, "best");

    /// <summary>Copies the best weights of <paramref name="result"/> into <see cref="FolderOf"/> of <paramref name="sweep"/>; what an earlier best trial left there is replaced.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="result">The best trial, with its folder.</param>
    /// <param name="samFile">The SAM file that its training started from; null for a random start.</param>
    /// <exception cref="ArgumentException">The result has no folder.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static BestModel Copy(string sweep, TrialResult result, string? samFile)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Folder is not { } trial)
        {
            throw new ArgumentException($"Trial {result.TrialSettings.TrialId} keeps no files.", nameof(result));
        }
        var (run, folder) = (Path.Combine(trial, "run"), FolderOf(sweep));
        var start = RunFolder.InitialBasePath(run);
        if (samFile is null)
        {
            Take(start, folder);
        }
        Take(Path.Combine(run, RunRecord.FileName), folder);
        return new(Take(Path.Combine(run, "best.pth"), folder), samFile ?? RunFolder.InitialBasePath(folder));
    }

    private static string Take(string file, string folder)
    {
        var to = Path.Combine(folder, Path.GetFileName(file));
        AtomicFile.Write(to, stream =>
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            from.CopyTo(stream);
        });
        return to;
    }
}
