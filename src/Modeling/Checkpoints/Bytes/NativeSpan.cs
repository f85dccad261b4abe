namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>A run of memory that may be longer than a <see cref="Span{T}"/> can say; whoever makes it keeps the memory alive and in place.</summary>
internal readonly unsafe struct NativeSpan(byte* pointer, long length)
{
    private const int MaxChunk = 1 << 24;

    /// <summary>Its length in bytes.</summary>
    public long Length => length;

    /// <summary>The part from <paramref name="start"/>, at most <paramref name="most"/> bytes of it (16 MiB unless told).</summary>
    public Span<byte> Chunk(long start, int most = MaxChunk)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, length);
        return new Span<byte>(pointer + start, (int)Math.Min(most, length - start));
    }

    /// <summary>What <see cref="ForEachChunk"/> does with each part.</summary>
    public delegate void ChunkAction(ReadOnlySpan<byte> chunk);

    /// <summary>Calls <paramref name="action"/> with the parts, at most 16 MiB each, in order.</summary>
    public void ForEachChunk(ChunkAction action)
    {
        for (long at = 0; at < length;)
        {
            var chunk = Chunk(at);
            action(chunk);
            at += chunk.Length;
        }
    }

    /// <summary>Reverses the bytes of each element of <paramref name="elementSize"/> bytes.</summary>
    public void SwapBytes(int elementSize)
    {
        for (long at = 0; elementSize > 1 && at + elementSize <= length; at += elementSize)
        {
            new Span<byte>(pointer + at, elementSize).Reverse();
        }
    }
}
