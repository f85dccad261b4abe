namespace SAMed.MLNet.Modeling.Checkpoints.Torch;

/// <summary>A storage as a pickle refers to it. <paramref name="Type"/> is null for untyped storages, whose <paramref name="Count"/> is in bytes;
/// <paramref name="Start"/> is the first element of a legacy view.</summary>
internal sealed record StorageReference(TensorStorage Storage, ElementType? Type, long Start, long Count);
