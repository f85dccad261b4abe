namespace SAMed.MLNet.Estimators.Training;

/// <summary>The features of one augmented slice in the cache.</summary>
/// <param name="cache">The cache.</param>
/// <param name="key">32 bytes that name it.</param>
internal sealed class FeatureSlot(FeatureCache cache, byte[] key)
{
    /// <summary>32 bytes that name it.</summary>
    public byte[] Key => key;

    /// <summary>[1, S/P, S/P, D].</summary>
    public long[] Shape => cache.Shape;

    /// <summary>Float32 values of that shape; null when they have to be computed.</summary>
    public float[]? Values { get; set; }

    /// <summary>Gives features that were computed to the cache.</summary>
    public void Keep(float[] values) => cache.Keep(key, values);
}
