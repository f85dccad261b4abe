namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What a trial of a sweep is to do, and where.</summary>
internal static class TrialPlace
{
    /// <summary>The definition and the folder of a trial.</summary>
    /// <exception cref="TrialFailedException">The trial's point makes no usable run.</exception>
    public static (TrialSpec Spec, TrialFolder Folder) Of(string sweep, Func<TrialSettings, TrialSpec> specOf, TrialSettings settings)
    {
        try
        {
            return (specOf(settings), new TrialFolder(SweepFolder.TrialFolderOf(sweep, settings.TrialId)));
        }
        catch (TrialSpecException fault)
        {
            throw new TrialFailedException(fault.Message, fault);
        }
    }
}
