using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>A storage of a legacy file: the pickle names it long before its place in the file is known.</summary>
internal sealed class LegacyStorage(IByteSource source, string key, ElementType type, long count) : TensorStorage
{
    private SectionStorage? _section;

    /// <summary>Its element type.</summary>
    public ElementType Type => type;

    /// <summary>Its number of elements.</summary>
    public long Count => count;

    /// <summary>Whether its place is known.</summary>
    public bool IsPlaced => _section is not null;

    /// <inheritdoc/>
    public override string Name => $"storage {key}";

    /// <inheritdoc/>
    public override long Length => count * ElementTypes.SizeOf(type);

    /// <summary>Says where it starts in the file.</summary>
    public void Place(long start) => _section = new SectionStorage(source, Name, start, Length);

    /// <inheritdoc/>
    public override void Read(long offset, NativeSpan destination) =>
        (_section ?? throw new InvalidOperationException($"{Name} has no place in the file yet.")).Read(offset, destination);
}
