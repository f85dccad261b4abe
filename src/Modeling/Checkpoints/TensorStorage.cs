using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>The raw bytes behind one or more tensors of a file; nothing is read before it is asked for.</summary>
internal abstract class TensorStorage
{
    /// <summary>The record's name, for error messages.</summary>
    public abstract string Name { get; }

    /// <summary>Its length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Whether numbers are stored with the high byte first.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/>; the range lies inside the storage.</summary>
    public abstract void Read(long offset, NativeSpan destination);
}
