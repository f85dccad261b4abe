using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Estimators.Persistence;

/// <summary>Finds the SAM checkpoint that a saved model was trained on, by its file name and SHA-256.</summary>
/// <param name="SamFile">The file to take, when the caller names it.</param>
/// <param name="BesideModel">Folders that count as beside the model.</param>
/// <param name="Folders">Folders that the caller names.</param>
internal sealed record BaseLocator(string? SamFile, IReadOnlyList<string> BesideModel, IReadOnlyList<string> Folders)
{
    /// <summary>The checkpoint with the SHA-256 it was known by, so that hundreds of megabytes are hashed once; nulls when the model needs none.</summary>
    /// <exception cref="ArgumentException">A checkpoint is named for a model that needs none.</exception>
    /// <exception cref="BaseNotFoundException">It is nowhere, or what is there has another SHA-256; the message names every place.</exception>
    public (string? Path, string? Sha256) Find(ModelBase wanted)
    {
        if (wanted.FileName is not { } name)
        {
            return SamFile is null ? (null, null) : throw new ArgumentException($"The model needs no SAM checkpoint, because it was trained from random weights or holds its image encoder itself; SamFile names {SamFile}. Leave it out.");
        }
        List<string> looked = [];
        foreach (var path in Candidates(name))
        {
            if (FaultOf(path, wanted.Sha256, out var found) is not { } fault)
            {
                return (path, found);
            }
            looked.Add($"{path}: {fault}");
        }
        throw new BaseNotFoundException(
            $"The model was trained on the SAM checkpoint {name} with SHA-256 {wanted.Sha256}, which the model file does not hold. Looked for it{Environment.NewLine}  " +
            string.Join(Environment.NewLine + "  ", looked) + Environment.NewLine +
            $"Put it (1) beside the model file, or (2) into the cache folder {BaseCache.DefaultFolder ?? "(this user has no home folder)"}, or (3) name it: LoadModelOptions.SamFile or BaseFolders, or folders in the environment variable {BaseCache.FoldersVariable}.");
    }

    private IEnumerable<string> Candidates(string name) => SamFile is { } file
        ? [Path.GetFullPath(file)]
        : Folders.Where(folder => !string.IsNullOrWhiteSpace(folder)).Concat(BesideModel).Concat(BaseCache.Folders).Select(folder => Path.GetFullPath(Path.Combine(folder, name))).Distinct(StringComparer.Ordinal);

    /// <summary>Why the file is not the one wanted; null when it is. What lies there under the right name may be anything, and the right one may lie elsewhere.</summary>
    private static string? FaultOf(string path, string? wanted, out string found)
    {
        found = "";
        if (!File.Exists(path))
        {
            return "not there";
        }
        try
        {
            found = SamCheckpoint.Sha256Of(path);
            return found == wanted || CheckpointConverter.SourceSha256Of(path) == wanted ? null : $"has SHA-256 {found}";
        }
        catch (Exception fault) when (fault is CheckpointFormatException or IOException or UnauthorizedAccessException)
        {
            return fault.Message;
        }
    }
}
