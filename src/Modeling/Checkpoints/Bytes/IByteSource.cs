namespace SAMed.MLNet.Modeling.Checkpoints.Bytes;

/// <summary>Bytes that can be read at any place: a file, or a record already in memory.</summary>
internal interface IByteSource
{
    /// <summary>The file, for error messages.</summary>
    string FilePath { get; }

    /// <summary>The number of bytes.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/>; bytes past the end are a <see cref="CheckpointFormatException"/> that names <paramref name="field"/>.</summary>
    void Read(long offset, Span<byte> destination, string field);
}
