using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>Splits cases into training and validation so that no patient is in both.</summary>
public static class PatientSplit
{
    /// <summary>The seed where none is given.</summary>
    public const long DefaultSeed = Training.TrainingOptions.DefaultSeed;

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
        return SetAside(cases, Shuffled(cases, seed).AsSpan(0, count));
    }

    /// <summary>Deals <paramref name="cases"/> out to <paramref name="count"/> folds whose sizes differ by one at most. Each fold is the validation of one split, and every case is
    /// validated on once.</summary>
    /// <returns>The splits, each with its lists in the order of <paramref name="cases"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two folds.</exception>
    /// <exception cref="ArgumentException">There are more folds than cases.</exception>
    public static IReadOnlyList<(IReadOnlyList<string> Training, IReadOnlyList<string> Validation)> Folds(IReadOnlyList<string> cases, int count, long seed)
    {
        if (count < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "A cross-validation has at least 2 folds.");
        }
        if (count > cases.Count)
        {
            throw new ArgumentException($"{count} folds need at least {count} cases, one each; there {(cases.Count == 1 ? "is 1" : $"are {cases.Count}")}.", nameof(cases));
        }
        var shuffled = Shuffled(cases, seed);
        return [.. Enumerable.Range(0, count).Select(fold =>
        {
            var (start, end) = ((int)((long)cases.Count * fold / count), (int)((long)cases.Count * (fold + 1) / count));
            return SetAside(cases, shuffled.AsSpan(start, end - start));
        })];
    }

    /// <summary>Splits by name: <paramref name="validation"/> for validation and the rest of <paramref name="cases"/> for training.</summary>
    /// <exception cref="ArgumentException">A name is no case, or none is left to train on.</exception>
    public static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation) ByName(IReadOnlyList<string> cases, IReadOnlyCollection<string> validation) =>
        ByName(cases, validation, "validation", nameof(validation));

    /// <summary>The same for cases that are set aside for another <paramref name="purpose"/>, given as the argument <paramref name="parameter"/>.</summary>
    internal static (IReadOnlyList<string> Training, IReadOnlyList<string> SetAside) ByName(
        IReadOnlyList<string> cases, IReadOnlyCollection<string> chosen, string purpose, string parameter)
    {
        var unknown = chosen.Except(cases).ToArray();
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"No such case for {purpose}: {string.Join(", ", unknown)}. The cases are {string.Join(", ", cases)}.", parameter);
        }
        IReadOnlyList<string> training = [.. cases.Where(name => !chosen.Contains(name))];
        return training.Count > 0
            ? (training, [.. cases.Where(chosen.Contains)])
            : throw new ArgumentException($"Every case is set aside for {purpose}; none is left to train on.", parameter);
    }

    /// <summary>Sorted first, so that the order depends on the names and the seed, not on the order in which files were found.</summary>
    private static string[] Shuffled(IReadOnlyList<string> cases, long seed)
    {
        var shuffled = cases.Order(StringComparer.Ordinal).ToArray();
        Shuffle.InPlace(shuffled.AsSpan(), seed, epoch: -1);
        return shuffled;
    }

    private static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation) SetAside(IReadOnlyList<string> cases, ReadOnlySpan<string> validation)
    {
        var chosen = validation.ToArray().ToHashSet(StringComparer.Ordinal);
        return ([.. cases.Where(name => !chosen.Contains(name))], [.. cases.Where(chosen.Contains)]);
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
