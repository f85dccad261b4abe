using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Splits cases into training and validation so that no patient is in both.</summary>
public static class PatientSplit
{
    /// <summary>Takes about <paramref name="fraction"/> of <paramref name="cases"/> for validation, chosen by <paramref name="seed"/>:
    /// at least one when the fraction is above 0 and there are two cases or more, and never all.</summary>
    /// <returns>The two lists, each in the order of <paramref name="cases"/>. A single case is all training.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation) Split(IReadOnlyList<string> cases, double fraction, long seed)
    {
        if (fraction is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The validation fraction must be at least 0 and below 1.");
        }
        var count = fraction == 0 || cases.Count < 2 ? 0 : Math.Clamp((int)Math.Round(cases.Count * fraction), 1, cases.Count - 1);
        // Sorted first, so that the split depends on the names and the seed, not on the order in which files were found.
        var shuffled = cases.Order(StringComparer.Ordinal).ToArray();
        Shuffle.InPlace(shuffled, seed, epoch: -1);
        var chosen = shuffled.Take(count).ToHashSet(StringComparer.Ordinal);
        return ([.. cases.Where(name => !chosen.Contains(name))], [.. cases.Where(chosen.Contains)]);
    }

    /// <summary>Splits by name: <paramref name="validation"/> for validation and the rest of <paramref name="cases"/> for training.</summary>
    /// <exception cref="ArgumentException">A name is no case, or none is left to train on.</exception>
    public static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation) ByName(IReadOnlyList<string> cases, IReadOnlyCollection<string> validation)
    {
        var unknown = validation.Except(cases).ToArray();
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"No such case for validation: {string.Join(", ", unknown)}. The cases are {string.Join(", ", cases)}.", nameof(validation));
        }
        IReadOnlyList<string> training = [.. cases.Where(name => !validation.Contains(name))];
        return training.Count > 0
            ? (training, [.. cases.Where(validation.Contains)])
            : throw new ArgumentException("Every case is set aside for validation; none is left to train on.", nameof(validation));
    }
}

/// <summary>Fisher–Yates on a generator of its own.</summary>
internal static class Shuffle
{
    /// <summary>Shuffles by (seed, epoch) alone.</summary>
    public static void InPlace<T>(Span<T> items, long seed, int epoch)
    {
        var random = new SampleRandom(seed, epoch, sample: -1);
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = random.Next(0, last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
