namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One thing that is wrong with a trial's definition.</summary>
/// <param name="Field">The field, for instance <c>run.lora.rank</c>, or the name of a parameter.</param>
/// <param name="Expected">What would be right.</param>
/// <param name="Got">What is there.</param>
public sealed record TrialSpecFault(string Field, string Expected, string Got)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field}: expected {Expected}, got {Got}";
}

/// <summary>What a trial is to do makes no sense, or is not what its folder holds. Nothing has been written.</summary>
public sealed class TrialSpecException : Exception
{
    /// <summary>Faults in <paramref name="source"/>.</summary>
    /// <param name="source">The file, or the point of the search space.</param>
    /// <param name="faults">All of them.</param>
    /// <param name="innerException">What was noticed first; null for nothing.</param>
    public TrialSpecException(string source, IReadOnlyList<TrialSpecFault> faults, Exception? innerException = null)
        : base($"{source}: {string.Join("; ", faults)}.", innerException)
    {
        (Origin, Faults) = (source, faults);
    }

    /// <summary>The file, or the point of the search space.</summary>
    public string Origin { get; }

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<TrialSpecFault> Faults { get; }
}
