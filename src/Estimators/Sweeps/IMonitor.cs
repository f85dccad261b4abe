namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Hears of trials as they go. The names are those of Microsoft.ML.AutoML. Called from one thread at a time; what it throws ends the sweep.</summary>
public interface IMonitor
{
    /// <summary>A trial begins, or goes on.</summary>
    void ReportRunningTrial(TrialSettings settings);

    /// <summary>A running trial is further.</summary>
    void ReportProgress(TrialSettings settings, TrialProgress progress)
    {
    }

    /// <summary>A trial is done.</summary>
    void ReportCompletedTrial(TrialResult result);

    /// <summary>A completed trial is better than all before.</summary>
    void ReportBestTrial(TrialResult result);

    /// <summary>A trial failed; the sweep goes on.</summary>
    void ReportFailTrial(TrialSettings settings, Exception exception);
}
