using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>What a slice is, whatever place it has in which list or stream: the hash of its sizes and values.</summary>
internal static class SliceIdentity
{
    // Slices in memory are asked for in every epoch.
    private static readonly ConditionalWeakTable<StoredSlice, byte[]> Known = new();

    /// <summary>32 bytes.</summary>
    public static byte[] Of(StoredSlice slice) => Known.GetValue(slice, Hash);

    /// <summary>The augmentation of a slice in 0-based <paramref name="epoch"/>.</summary>
    public static Augmentation AugmentationOf(NumberedSlice slice, int epoch, TrainingOptions options)
    {
        if (!options.Augment)
        {
            return Augmentation.None;
        }
        var random = options.AugmentationSet is { } set
            ? new SampleRandom(options.ResolvedSeed, epoch % set, BinaryPrimitives.ReadInt32LittleEndian(Of(slice.Slice)))
            : new SampleRandom(options.ResolvedSeed, epoch, slice.Number);
        return Augmentation.Draw(ref random);
    }

    private static byte[] Hash(StoredSlice slice)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<int> sizes = [slice.Channels, slice.Height, slice.Width];
        hash.AppendData(MemoryMarshal.AsBytes(sizes));
        hash.AppendData(MemoryMarshal.AsBytes(slice.Image.AsSpan()));
        return hash.GetHashAndReset();
    }
}
