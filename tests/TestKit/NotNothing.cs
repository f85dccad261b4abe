using NUnit.Framework;

namespace SAMed.MLNet.TestKit;

/// <summary>Guards loops over what a file holds: a test that compares nothing must not pass.</summary>
public static class NotNothing
{
    /// <summary>The <paramref name="items"/>; the test fails when there is none.</summary>
    public static IReadOnlyList<T> AtLeastOne<T>(this IEnumerable<T> items)
    {
        List<T> found = [.. items];
        Assert.That(found, Is.Not.Empty, "There is nothing to compare.");
        return found;
    }
}
