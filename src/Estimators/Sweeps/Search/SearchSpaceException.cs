namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A search space, or a class that describes one, cannot be searched.</summary>
public sealed class SearchSpaceException : Exception
{
    /// <summary>An error that lists every fault.</summary>
    /// <param name="what">What has the faults: the space, or the class.</param>
    /// <param name="faults">The faults, at least one.</param>
    public SearchSpaceException(string what, IReadOnlyList<string> faults)
        : base($"{what}: {string.Join("; ", faults)}.") => Faults = faults;

    /// <summary>Each fault, without the full stop.</summary>
    public IReadOnlyList<string> Faults { get; }
}
