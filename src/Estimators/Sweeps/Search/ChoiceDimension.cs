using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A dimension with listed values.</summary>
public sealed class ChoiceDimension : Dimension
{
    private readonly IReadOnlyList<object?> _given;

    /// <summary>A choice among <paramref name="values"/>, in their order.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">Numbers, true and false, texts, or enumeration constants, which become their names; they become values of a <see cref="Parameter"/>. Whether they can is for
    /// <see cref="SearchSpace.Validate"/> to say.</param>
    /// <param name="initial">The one that a random search tries first; null = none of them in particular.</param>
    public ChoiceDimension(string name, IEnumerable<object?> values, object? initial = null)
        : base(name, initial is null ? null : Parameter.TryNormalize(initial) ?? initial)
    {
        ArgumentNullException.ThrowIfNull(values);
        _given = [.. values];
        Values = [.. _given.Select(Parameter.TryNormalize).OfType<object>()];
    }

    /// <summary>The values: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.</summary>
    public IReadOnlyList<object> Values { get; }

    /// <inheritdoc/>
    public override long? Count => Values.Count;

    internal override object Start => Initial ?? Values[0];

    /// <inheritdoc/>
    public override IReadOnlyList<object> Grid(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Values;
    }

    /// <inheritdoc/>
    public override object Sample(ref SampleRandom random) => Values[random.Next(0, Values.Count)];

    internal override IEnumerable<string> Faults()
    {
        if (_given.Count == 0)
        {
            yield return "has no values";
        }
        foreach (var value in _given.Where(value => Parameter.TryNormalize(value) is null))
        {
            yield return $"has the value {value ?? "null"}{(value is null ? "" : $" ({value.GetType().Name})")}; a value must be a finite number, true or false, or text";
        }
        foreach (var twice in Values.GroupBy(value => value).Where(group => group.Count() > 1))
        {
            yield return $"has the value {Parameter.Text(twice.Key)} {twice.Count()} times";
        }
        if (Initial is { } initial && !Values.Contains(initial))
        {
            yield return $"is to start with {Parameter.Text(initial)}, which is none of its values";
        }
    }
}
