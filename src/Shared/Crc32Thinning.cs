using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SAMed.MLNet.Shared;

/// <summary>CRC-32 of long runs without multiplying: modulo the polynomial x^(8·4018) is x^(8·2091) + x^(8·1837) + 1, so a byte may be added to the bytes 1927, 2181 and 4018 places
/// further on instead of being kept. What is left in the end are the last few thousand bytes of the run, changed, with the same checksum.</summary>
/// <remarks>Several times quicker than carry-less multiplication of 128 bits at a time. The idea is that of Youngblood and Wolf, "Chorba" (2024): a multiple of the polynomial
/// with few terms turns folding into exclusive or. This multiple has the smallest degree among those of four terms whose distances are long enough for what was stored
/// to be loadable again without waiting.</remarks>
internal static class Crc32Thinning
{
    /// <summary>Runs shorter than this are not worth the start and the end.</summary>
    public const int WorthIt = 1 << 15;

    /// <summary>Computes the state after bytes from a state of 0.</summary>
    public delegate uint Finish(ReadOnlySpan<byte> left);

    /// <summary>How far on each byte is added.</summary>
    public const int Near = 1927, Middle = 2181, Far = 4018;

    /// <summary>Bytes of one round, of what is kept of those before, and of what is gone through between two moves of it.</summary>
    internal const int Step = 64, History = 4096, AtOnce = 8192;

    /// <summary>Whether the processor adds 32 bytes at a time.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    /// <summary>The state after <paramref name="bytes"/>.</summary>
    /// <param name="state">The state before: the complement of the checksum so far.</param>
    /// <param name="bytes"><see cref="WorthIt"/> bytes at least.</param>
    /// <param name="finish">Computes the state after the bytes that are left, from a state of 0.</param>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes, Finish finish)
    {
        Span<byte> sums = stackalloc byte[History + AtOnce];
        sums[..History].Clear();
        // Where the run's first four bytes will look for what is added to them.
        MemoryMarshal.Write(sums[(History - Far)..], state);
        var removed = (bytes.Length - History) / Step * Step;
        for (var at = 0; at < removed; at += AtOnce)
        {
            var count = Math.Min(AtOnce, removed - at);
            if (Vector512.IsHardwareAccelerated)
            {
                AddBy64(bytes.Slice(at, count), sums);
            }
            else
            {
                AddBy32(bytes.Slice(at, count), sums);
            }
            sums.Slice(count, History).CopyTo(sums);
        }
        Span<byte> left = stackalloc byte[History + Step];
        left = left[..(bytes.Length - removed)];
        bytes[removed..].CopyTo(left);
        foreach (var distance in (ReadOnlySpan<int>)[Near, Middle, Far])
        {
            AddTo(left[..distance], sums[(History - distance)..History]);
        }
        return finish(left);
    }

    /// <summary>Writes behind the history what each byte comes to with all that earlier ones add to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One call may be the whole of a program's use: it must not start unoptimised.
    internal static void AddBy64(ReadOnlySpan<byte> bytes, Span<byte> sums)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes);
        ref var past = ref MemoryMarshal.GetReference(sums);
        for (nuint at = 0; at < (nuint)bytes.Length; at += Step)
        {
            var sum = Vector512.LoadUnsafe(ref from, at) ^ Vector512.LoadUnsafe(ref past, at + (History - Near))
                ^ Vector512.LoadUnsafe(ref past, at + (History - Middle)) ^ Vector512.LoadUnsafe(ref past, at + (History - Far));
            sum.StoreUnsafe(ref past, at + History);
        }
    }

    /// <summary>The same where registers hold 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddBy32(ReadOnlySpan<byte> bytes, Span<byte> sums)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes);
        ref var past = ref MemoryMarshal.GetReference(sums);
        for (nuint at = 0; at < (nuint)bytes.Length; at += Step / 2)
        {
            var sum = Vector256.LoadUnsafe(ref from, at) ^ Vector256.LoadUnsafe(ref past, at + (History - Near))
                ^ Vector256.LoadUnsafe(ref past, at + (History - Middle)) ^ Vector256.LoadUnsafe(ref past, at + (History - Far));
            sum.StoreUnsafe(ref past, at + History);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTo(Span<byte> target, ReadOnlySpan<byte> terms)
    {
        ref var sum = ref MemoryMarshal.GetReference(target);
        ref var term = ref MemoryMarshal.GetReference(terms);
        var at = 0;
        for (; at + 32 <= target.Length; at += 32)
        {
            (Vector256.LoadUnsafe(ref sum, (nuint)at) ^ Vector256.LoadUnsafe(ref term, (nuint)at)).StoreUnsafe(ref sum, (nuint)at);
        }
        for (; at < target.Length; at++)
        {
            target[at] ^= terms[at];
        }
    }
}
