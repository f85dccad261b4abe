using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One point of a search space: a value for every name, in the space's order. Values are <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.
/// Two points are equal when they have the same values under the same names, whatever their order. In JSON it is an object.</summary>
[JsonConverter(typeof(ParameterJson))]
[SuppressMessage("Naming", "CA1710", Justification = "The name that Microsoft.ML.SearchSpace has for it.")]
public sealed class Parameter : IReadOnlyDictionary<string, object>, IEquatable<Parameter>
{
    private readonly OrderedDictionaryOfValues _values;

    /// <summary>A point with <paramref name="values"/>; whole numbers of any type become <see cref="long"/>, <see cref="float"/> becomes <see cref="double"/>, enumerations become their names.</summary>
    /// <exception cref="ArgumentException">A name is empty or given twice, or a value is of another type or not finite.</exception>
    public Parameter(IEnumerable<KeyValuePair<string, object>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _values = new(values.Select(pair => new KeyValuePair<string, object>(pair.Key, Normalize(pair.Key, pair.Value))));
    }

    /// <summary>No value at all: the only point of a sweep that varies nothing but its seeds.</summary>
    public static Parameter Empty { get; } = new([]);

    /// <inheritdoc/>
    public object this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no parameter '{key}'; there are {string.Join(", ", Keys)}.");

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Pairs.Select(pair => pair.Key);

    /// <inheritdoc/>
    public IEnumerable<object> Values => _values.Pairs.Select(pair => pair.Value);

    /// <inheritdoc/>
    public int Count => _values.Pairs.Count;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ByName.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value) => _values.ByName.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.Pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A value as text, independent of the machine's language: <c>4</c>, <c>0.005</c>, <c>true</c>, <c>encoder</c>.</summary>
    public static string Text(object value) => value switch
    {
        bool yes => yes ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };

    /// <inheritdoc/>
    public bool Equals(Parameter? other) => other is not null && Count == other.Count && _values.Pairs.All(pair => other.TryGetValue(pair.Key, out var value) && value.Equals(pair.Value));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Parameter);

    /// <inheritdoc/>
    public override int GetHashCode() => _values.Pairs.Aggregate(Count, (hash, pair) => hash ^ HashCode.Combine(pair.Key, pair.Value));

    /// <summary>For instance <c>rank=4 lr=0.005</c>.</summary>
    public override string ToString() => string.Join(' ', _values.Pairs.Select(pair => $"{pair.Key}={Text(pair.Value)}"));

    /// <summary>A value as points hold it: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>; null when it can be none of them.</summary>
    internal static object? TryNormalize(object? value) => value switch
    {
        bool or string or long => value,
        Enum => value.ToString(),
        byte or sbyte or short or ushort or int or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        // By its digits: 0.1f is 0.1 and not 0.10000000149.
        float number when float.IsFinite(number) => double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double number when double.IsFinite(number) => number,
        _ => null,
    };

    private static object Normalize(string name, object value) => TryNormalize(value) ?? throw new ArgumentException(value is null
        ? $"The parameter '{name}' has no value."
        : $"The parameter '{name}' must be a finite number, true or false, or text; got {value} ({value.GetType().Name}).");

    /// <summary>Pairs in their order, and by name.</summary>
    private sealed class OrderedDictionaryOfValues
    {
        public OrderedDictionaryOfValues(IEnumerable<KeyValuePair<string, object>> values)
        {
            Pairs = [.. values];
            foreach (var (name, value) in Pairs)
            {
                if (string.IsNullOrWhiteSpace(name) || !ByName.TryAdd(name, value))
                {
                    throw new ArgumentException($"A parameter's name must be given once and not be empty; got '{name}'.", nameof(values));
                }
            }
        }

        public List<KeyValuePair<string, object>> Pairs { get; }

        public Dictionary<string, object> ByName { get; } = new(StringComparer.Ordinal);
    }
}
