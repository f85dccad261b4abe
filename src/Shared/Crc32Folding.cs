using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SAMed.MLNet.Shared;

/// <summary>CRC-32 by carry-less multiplication: 64 bytes are folded into the next 64 until 16 bytes are left that have the same checksum.</summary>
/// <remarks>The method of Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009), on bit-reflected data.</remarks>
internal static class Crc32Folding
{
    /// <summary>Bytes that one round takes.</summary>
    public const int Block = 4 * Lane;
    private const int Lane = 16;
    private static readonly Vector128<ulong> Across64Bytes = Distance(8 * Block);
    private static readonly Vector128<ulong> Across16Bytes = Distance(8 * Lane);

    /// <summary>Whether the processor has the instruction.</summary>
    public static bool IsSupported => Pclmulqdq.IsSupported;

    /// <summary>Puts into <paramref name="residue"/> the 16 bytes that, from a state of 0, lead to the same state as <paramref name="bytes"/> from <paramref name="state"/>.</summary>
    /// <param name="state">The state before: the complement of the checksum so far.</param>
    /// <param name="bytes">A multiple of <see cref="Block"/> bytes, one block at least.</param>
    /// <param name="residue">16 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // One call may be the whole of a program's use: it must not start unoptimised.
    public static void Fold(uint state, ReadOnlySpan<byte> bytes, Span<byte> residue)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var a = Load(ref start, 0) ^ Vector128.CreateScalar((ulong)state);
        var (b, c, d) = (Load(ref start, Lane), Load(ref start, 2 * Lane), Load(ref start, 3 * Lane));
        var across = Across64Bytes;
        for (nuint at = Block; at < (nuint)bytes.Length; at += Block)
        {
            a = Move(a, across) ^ Load(ref start, at);
            b = Move(b, across) ^ Load(ref start, at + Lane);
            c = Move(c, across) ^ Load(ref start, at + (2 * Lane));
            d = Move(d, across) ^ Load(ref start, at + (3 * Lane));
        }
        b ^= Move(a, Across16Bytes);
        c ^= Move(b, Across16Bytes);
        d ^= Move(c, Across16Bytes);
        d.AsByte().CopyTo(residue);
    }

    /// <summary>What 16 bytes are worth so many bits further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Move(Vector128<ulong> value, Vector128<ulong> distance) =>
        Pclmulqdq.CarrylessMultiply(value, distance, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, distance, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte start, nuint offset) => Vector128.LoadUnsafe(ref start, offset).AsUInt64();

    /// <summary>The factors of the lower and the upper half of a value that moves by <paramref name="bits"/>. Reflected, the lower half stands 64 bits further up.</summary>
    private static Vector128<ulong> Distance(int bits) => Vector128.Create((ulong)Power(bits + 32) << 1, (ulong)Power(bits - 32) << 1);

    /// <summary>x to the power of <paramref name="exponent"/> modulo the polynomial, reflected.</summary>
    private static uint Power(int exponent)
    {
        var power = 0x80000000u;
        for (; exponent > 0; exponent--)
        {
            power = (power & 1) != 0 ? Crc32.Polynomial ^ (power >> 1) : power >> 1;
        }
        return power;
    }
}
