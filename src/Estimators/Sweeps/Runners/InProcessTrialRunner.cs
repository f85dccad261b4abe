namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>Does trials in this process, one after the other.</summary>
/// <param name="folder">The sweep's folder; trials are kept in <c>trials/</c> below it.</param>
/// <param name="specOf">What a trial is to do; <see cref="TrialSpec.Of"/> makes it from the options that all have in common.</param>
public sealed class InProcessTrialRunner(string folder, Func<TrialSettings, TrialSpec> specOf) : ITrialRunner
{
    /// <inheritdoc/>
    public async Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (spec, place) = TrialPlace.Of(folder, specOf, settings);
        try
        {
            var result = await Task.Run(() => Trial.Execute(spec, place.Path, settings.Progress, cancellationToken: cancellationToken), CancellationToken.None).ConfigureAwait(false);
            return result with { TrialSettings = settings with { EndedAtUtc = DateTime.UtcNow } };
        }
        catch (TrialSpecException fault)
        {
            throw new TrialFailedException(fault.Message, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing but files.
    }
}
