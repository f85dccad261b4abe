using SAMed.MLNet.Estimators.Records;

namespace SAMed.MLNet.Estimators.Data.Preparation;

/// <summary>A case that has been prepared: what it was made from, and the files it became.</summary>
/// <param name="Case">The case.</param>
/// <param name="IsTest">Whether it is a test case.</param>
/// <param name="Slices">Its slices.</param>
/// <param name="Sources">The files read, full paths.</param>
/// <param name="Outputs">The files written, relative to the output folder, in the order of the slices.</param>
public sealed record PreparedCase(string Case, bool IsTest, int Slices, IReadOnlyList<HashedFile> Sources, IReadOnlyList<HashedFile> Outputs)
{
    /// <summary>Whether every file it became is in <paramref name="folder"/> as it was written: reads them all.</summary>
    internal bool IsWhole(string folder) => Outputs.All(file =>
    {
        var path = Path.Combine(folder, file.Path);
        return File.Exists(path) && new FileInfo(path).Length == file.Bytes && HashedFile.Of(path, folder) == file;
    });

    /// <summary>Whether it was made from files with these hashes, wherever they lie.</summary>
    internal bool IsOf(IReadOnlyList<HashedFile> sources) => Sources.Select(file => file.Sha256).SequenceEqual(sources.Select(file => file.Sha256));
}
