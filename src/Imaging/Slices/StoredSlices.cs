namespace SAMed.MLNet.Imaging.Slices;

/// <summary>The slices of one stored volume in their own numeric type, one after the other.</summary>
internal abstract class StoredSlices(string path, Geometry geometry, double slope = 1, double intercept = 0) : IDisposable
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>The grid of the whole volume.</summary>
    public Geometry Geometry { get; } = geometry;

    /// <summary>Values are stored · slope + intercept.</summary>
    public double Slope { get; } = slope;

    /// <summary>See <see cref="Slope"/>.</summary>
    public double Intercept { get; } = intercept;

    /// <summary>The elements of slice <paramref name="z"/>, an array that is valid until the next call. Asked for in ascending order, each once; the last one checks the file's end.</summary>
    public abstract Array Read(int z);

    /// <inheritdoc/>
    public abstract void Dispose();
}
