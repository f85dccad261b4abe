using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Computes a published result again: checks that the files are the published ones, runs <see cref="TestProtocol"/>, and puts the figures beside the published.</summary>
public static class Reproduction
{
    /// <summary>Looks at every file that the result needs. SHA-256 of the SAM checkpoint is computed where its length is right.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ReproductionChecklist Check(ReproductionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ReproductionChecks.Run(options, cancellationToken);
    }

    /// <summary>Runs it.</summary>
    /// <param name="options">What to compute again and from what.</param>
    /// <param name="checklist">What <see cref="Check"/> said of these options; null to check now.</param>
    /// <param name="observer">Gets the lines of the log and the progress; null for none.</param>
    /// <param name="cancellationToken">Checked before every batch of slices.</param>
    /// <exception cref="ReproductionException">A file is missing, or is another than the published one and that is not allowed. Nothing was written then.</exception>
    /// <remarks>The exceptions of <see cref="TestProtocol.Execute"/> besides.</remarks>
    public static ReproductionResult Execute(
        ReproductionOptions options, ReproductionChecklist? checklist = null, ITestObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        checklist ??= Check(options, cancellationToken);
        checklist.RequireUsable(options.AllowOtherFiles);
        var test = TestProtocol.Execute(TestOf(options), observer, cancellationToken);
        var result = ReproductionResult.Of(options, checklist, test);
        AtomicFile.WriteText(Path.Combine(options.Output, "reproduction.json"), result.ToJson());
        AtomicFile.WriteText(Path.Combine(options.Output, "reproduction.csv"), result.ToCsv());
        AtomicFile.WriteText(Path.Combine(options.Output, "reproduction.md"), result.ToMarkdown());
        return result;
    }

    /// <summary>The cases with their files; those that are not there are left out, because the checklist has named them.</summary>
    internal static IReadOnlyList<LabelledFile> CasesOf(ReproductionOptions options) =>
        [.. options.TestedCases.Select(name => TestVolumes.VolumeNamed(options.Data, name)).OfType<LabelledFile>()];

    private static TestProtocolOptions TestOf(ReproductionOptions options) => new()
    {
        Model = new()
        {
            SamFile = options.SamFile, LoraFile = options.LoraFile, Model = options.Recipe.Architecture, Device = options.Device, Precision = options.Precision,
        },
        Cases = CasesOf(options),
        Output = options.Output,
        SaveNifti = options.SaveNifti,
        PaperGeometry = options.PaperGeometry,
        Prediction = options.Prediction,
    };
}
