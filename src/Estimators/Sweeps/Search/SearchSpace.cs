using System.Text.Json.Serialization;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What a sweep varies: named dimensions in an order. Its points are <see cref="Parameter"/>s. In JSON it is an array with an object per dimension:
/// <c>{"name":"rank","values":[1,4]}</c> or <c>{"name":"lr","min":0.0001,"max":0.01,"log":true}</c>, with <c>"whole":true</c> for whole numbers and <c>"initial"</c> where one is said.</summary>
/// <param name="dimensions">The dimensions. None at all is a space with one point, which has no values.</param>
[JsonConverter(typeof(SearchSpaceJson))]
public sealed class SearchSpace(IEnumerable<Dimension> dimensions)
{
    /// <summary>The dimensions, in their order.</summary>
    public IReadOnlyList<Dimension> Dimensions { get; } = [.. dimensions ?? throw new ArgumentNullException(nameof(dimensions))];

    /// <summary>How many different points there are; null where a range of real numbers has no end of them, or for more than can be counted.</summary>
    public long? Count => Product(dimension => dimension.Count);

    /// <summary>The point that a random search tries first: null when no dimension says where to start; what others do not say is their first choice or their middle.</summary>
    public Parameter? Initial => Dimensions.Any(dimension => dimension.Initial is not null) ? Point(dimension => dimension.Start) : null;

    /// <summary>The space that a class describes by Microsoft.ML's attributes <c>[Range]</c>, <c>[Choice]</c> and <c>[BooleanChoice]</c> (namespace Microsoft.ML.SearchSpace) on its public
    /// properties and fields; <c>[NestOption]</c> takes in those of another class. Names are those of the members, <c>Outer.Inner</c> where they are nested. Order: properties, then fields,
    /// each as declared, a base class first. Ranges of integers have whole numbers. The candidates of <c>[Choice]</c> are in their order; those of <c>[BooleanChoice]</c> start with its default.
    /// <c>Init</c> and <c>DefaultValue</c> are what a random search tries first.</summary>
    /// <typeparam name="T">The class; what has no attribute keeps its own value.</typeparam>
    /// <exception cref="SearchSpaceException">No member has an attribute; or lists every fault of the attributes and the space.</exception>
    public static SearchSpace Of<T>()
        where T : class, new()
    {
        List<string> faults = [];
        var members = SearchMember.Of(typeof(T), faults);
        SearchSpace space = new(members.Select(member => SearchAttributes.Dimension(member, faults)).OfType<Dimension>());
        if (members.Count == 0 && faults.Count == 0)
        {
            faults.Add("it has no values to search: give public properties or fields [Range], [Choice] or [BooleanChoice] of Microsoft.ML.SearchSpace, or [NestOption] for a class that has them");
        }
        faults.AddRange(space.Faults());
        return faults.Count == 0 ? space : throw new SearchSpaceException($"The search class {typeof(T).Name}", faults);
    }

    /// <summary>An object of a search class with the values of a point.</summary>
    /// <typeparam name="T">The class, as for <see cref="Of{T}"/>.</typeparam>
    /// <param name="point">The point; members that it does not name keep their values.</param>
    /// <exception cref="SearchSpaceException">Lists every name that the class does not have, and every value that its member cannot take.</exception>
    public static T Bind<T>(Parameter point)
        where T : class, new()
    {
        ArgumentNullException.ThrowIfNull(point);
        List<string> faults = [];
        var members = SearchMember.Of(typeof(T), faults);
        T bound = new();
        foreach (var (name, value) in point)
        {
            if (members.FirstOrDefault(member => member.Name == name) is not { } member)
            {
                faults.Add($"it has no value '{name}' to search; it has {string.Join(", ", members.Select(known => known.Name))}");
            }
            else if (SearchMember.TryConvert(value, member.Type, out var converted))
            {
                member.Set(bound, converted);
            }
            else
            {
                faults.Add($"'{name}' is of type {member.Type.Name} and cannot be {Parameter.Text(value)}");
            }
        }
        return faults.Count == 0 ? bound : throw new SearchSpaceException($"The search class {typeof(T).Name}", faults);
    }

    /// <summary>Every combination of the dimensions' values, the last dimension changing fastest.</summary>
    /// <param name="step">Values of each range, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is below 1.</exception>
    public IEnumerable<Parameter> Grid(int step)
    {
        var values = Dimensions.Select(dimension => dimension.Grid(step)).ToList();
        return Combinations(values);
    }

    /// <summary>How many points <see cref="Grid"/> has; null for more than can be counted.</summary>
    /// <param name="step">Values of each range, at least 1.</param>
    public long? GridCount(int step) => Product(dimension => dimension.Grid(step).Count);

    /// <summary>A point by chance: every dimension by itself.</summary>
    /// <param name="random">The generator; it moves on.</param>
    public Parameter Sample(ref SampleRandom random)
    {
        List<KeyValuePair<string, object>> values = [];
        foreach (var dimension in Dimensions)
        {
            values.Add(new(dimension.Name, dimension.Sample(ref random)));
        }
        return new(values);
    }

    /// <summary>Checks every dimension.</summary>
    /// <exception cref="SearchSpaceException">Lists every fault: no values, a minimum that is not below the maximum, a logarithmic range that starts at 0 or below, a name or value that is there twice, a value of another type.</exception>
    public void Validate()
    {
        if (Faults() is { Count: > 0 } faults)
        {
            throw new SearchSpaceException("The search space", faults);
        }
    }

    private List<string> Faults() =>
    [
        .. Dimensions.Where(dimension => string.IsNullOrWhiteSpace(dimension.Name)).Select(_ => "a dimension has no name"),
        .. Dimensions.GroupBy(dimension => dimension.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => $"the name '{group.Key}' is there {group.Count()} times"),
        .. Dimensions.SelectMany(dimension => dimension.Faults().Select(fault => $"'{dimension.Name}' {fault}")),
    ];

    private Parameter Point(Func<Dimension, object> value) => new(Dimensions.Select(dimension => KeyValuePair.Create(dimension.Name, value(dimension))));

    private long? Product(Func<Dimension, long?> count) =>
        Dimensions.Aggregate((long?)1, (product, dimension) => product is { } before && count(dimension) is { } here && (here == 0 || before <= long.MaxValue / here) ? before * here : null);

    private IEnumerable<Parameter> Combinations(List<IReadOnlyList<object>> values)
    {
        var places = new int[values.Count];
        if (values.Any(list => list.Count == 0))
        {
            yield break;
        }
        while (true)
        {
            yield return new(Dimensions.Select((dimension, index) => KeyValuePair.Create(dimension.Name, values[index][places[index]])));
            var last = places.Length - 1;
            for (; last >= 0 && ++places[last] == values[last].Count; last--)
            {
                places[last] = 0;
            }
            if (last < 0)
            {
                yield break;
            }
        }
    }
}
