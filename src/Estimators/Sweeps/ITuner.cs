namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Chooses points of a search space. The shape is that of Microsoft.ML.AutoML; a sweep calls it from one thread at a time.
/// A tuner must propose the same points when it gets the same results, in whatever order they come, so that a sweep can be resumed and has the same trials on every executor.</summary>
public interface ITuner
{
    /// <summary>The next point to try. A point proposed before, with a later <see cref="TrialSettings.UntilEpoch"/>, lets that trial go on.</summary>
    /// <param name="settings">The trial it is for; the tuner may set its <see cref="TrialSettings.UntilEpoch"/>. Its parameter does not count.</param>
    /// <returns>A point; null when there is none for now. Results of trials that are under way may bring more; when none is under way, the sweep is over.</returns>
    Parameter? Propose(TrialSettings settings);

    /// <summary>Takes what came of a point, by its parameter and <see cref="TrialSettings.UntilEpoch"/>. With several seeds the metric is the mean over those that were done;
    /// it is NaN when every trial of the point failed.</summary>
    void Update(TrialResult result);
}
