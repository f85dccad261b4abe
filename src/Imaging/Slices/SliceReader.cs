namespace SAMed.MLNet.Imaging;

/// <summary>Reads a volume slice by slice, in the order of the file, so that only one slice of it need be in memory. Not for several threads at once.</summary>
/// <typeparam name="T">float for images, ushort for label maps.</typeparam>
public abstract class SliceReader<T> : IDisposable
    where T : unmanaged
{
    private protected SliceReader(Geometry geometry) => Geometry = geometry;

    /// <summary>The grid of the whole volume.</summary>
    public Geometry Geometry { get; }

    /// <summary>Number of the slice that <see cref="Read"/> reads next; D when all are read.</summary>
    public int Next { get; private set; }

    /// <summary>Reads the next slice. With the last one the end of the file is checked too (its CRC, where it has one).</summary>
    /// <param name="slice">[H, W], x fastest; takes the values.</param>
    /// <exception cref="ArgumentException"><paramref name="slice"/> does not have H·W places.</exception>
    /// <exception cref="InvalidOperationException">Every slice has been read.</exception>
    /// <exception cref="VolumeFormatException">The file is damaged; or, of a label map, a value is no whole number from 0 to 65535.</exception>
    public void Read(Memory<T> slice)
    {
        if (slice.Length != Geometry.SliceLength)
        {
            throw new ArgumentException($"A slice of {Geometry} has {Geometry.SliceLength} pixels, got room for {slice.Length}.", nameof(slice));
        }
        if (Next == Geometry.Depth)
        {
            throw new InvalidOperationException($"All {Geometry.Depth} slices have been read.");
        }
        ReadNext(slice);
        Next++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads slice <see cref="Next"/>.</summary>
    private protected abstract void ReadNext(Memory<T> slice);

    /// <summary>Closes the file.</summary>
    /// <param name="disposing">Whether managed objects go too.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
