using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One dimension of a <see cref="SearchSpace"/>: a name and the values that it may have. A <see cref="ChoiceDimension"/> or a <see cref="RangeDimension"/>.</summary>
public abstract class Dimension
{
    private protected Dimension(string name, object? initial)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Initial) = (name, initial);
    }

    /// <summary>The name of the value in a <see cref="Parameter"/>.</summary>
    public string Name { get; }

    /// <summary>The value that a random search tries first; null when none was said.</summary>
    public object? Initial { get; }

    /// <summary>How many different values there are; null for a range of real numbers.</summary>
    public abstract long? Count { get; }

    /// <summary>Values that cover the dimension: all choices; of a range at most <paramref name="count"/> values from its minimum to its maximum, both included.</summary>
    /// <param name="count">Values of a range, at least 1; 1 = its initial value, or its middle.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public abstract IReadOnlyList<object> Grid(int count);

    /// <summary>One value by chance: each choice and each whole number equally likely, each part of a range by its width, or by that of its logarithm.</summary>
    /// <param name="random">The generator; it moves on.</param>
    public abstract object Sample(ref SampleRandom random);

    /// <summary>The value of the point where a search starts: <see cref="Initial"/>, or else the first choice, or the middle of the range.</summary>
    internal abstract object Start { get; }

    /// <summary>What makes it no dimension of a search, without its name's.</summary>
    internal abstract IEnumerable<string> Faults();
}
