using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Prediction;

/// <summary>Where the probabilities of each input go: a file for a single input, else a folder.</summary>
internal static class ProbabilityFiles
{
    private static readonly string[] s_endings = [".nii.gz", ".nii", ".npz"];

    /// <summary>A path per file of <paramref name="files"/>, or nulls when nothing was asked for.</summary>
    /// <exception cref="UsageException">Several volumes cannot go into one file, or the ending is none that probabilities are written to.</exception>
    public static IReadOnlyList<string?> Resolve(string? option, IReadOnlyList<PredictionFile> files)
    {
        if (option is null)
        {
            return new string?[files.Count];
        }
        var isFile = !Directory.Exists(option) && Path.HasExtension(option);
        if (isFile && !s_endings.Any(ending => option.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            throw new UsageException($"--save-probabilities writes .nii.gz, .nii or .npz, or into a folder; got {option}.");
        }
        return !isFile ? [.. files.Select(file => Path.Combine(option, file.Case + ".nii.gz"))]
            : files.Count == 1 ? [option]
            : throw new UsageException($"--save-probabilities {option} is one file, and there are {files.Count} volumes: give a folder.");
    }
}
