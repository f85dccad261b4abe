namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Compares the tensors of a file with those that it should have.</summary>
internal static class TensorSet
{
    /// <summary>Refuses a file that lacks tensors, has others, or has them in another shape; everything at once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The file in words.</param>
    /// <param name="network">What it should belong to, in words.</param>
    /// <param name="found">Its tensors' shapes by name.</param>
    /// <param name="expected">Those that it should have.</param>
    /// <param name="differences">What else is wrong.</param>
    /// <exception cref="CheckpointMismatchException">Something differs.</exception>
    public static void Check(string path, string file, string network, IReadOnlyDictionary<string, long[]> found, IReadOnlyDictionary<string, long[]> expected, IReadOnlyList<string>? differences = null)
    {
        List<string> missing = [.. expected.Keys.Where(name => !found.ContainsKey(name))];
        List<string> unexpected = [.. found.Keys.Where(name => !expected.ContainsKey(name))];
        List<ShapeMismatch> wrong = [.. expected.Where(pair => found.TryGetValue(pair.Key, out var shape) && !shape.SequenceEqual(pair.Value))
            .Select(pair => new ShapeMismatch(pair.Key, found[pair.Key], pair.Value))];
        if ((differences?.Count ?? 0) + missing.Count + unexpected.Count + wrong.Count > 0)
        {
            throw new CheckpointMismatchException(path, file, network, differences ?? [], missing, unexpected, wrong);
        }
    }
}
