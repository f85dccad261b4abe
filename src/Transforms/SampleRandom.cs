namespace SAMed.MLNet.Transforms;

/// <summary>Random numbers of one training sample. They depend on (seed, epoch, sample) and on nothing else, so the number of workers, their order and earlier
/// samples change nothing, and a resumed run continues as if it had not stopped.</summary>
/// <remarks>The three numbers are hashed one after the other by SplitMix64's finaliser into the start of a SplitMix64 sequence (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014). It is a mutable value: pass it by reference. Not for cryptography.</remarks>
public struct SampleRandom
{
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>The sequence of sample <paramref name="sample"/> in epoch <paramref name="epoch"/> of the run with <paramref name="seed"/>.</summary>
    public SampleRandom(long seed, int epoch, int sample)
    {
        var key = Mix(unchecked((ulong)seed) + Increment);
        key = Mix(key + unchecked((uint)epoch) + Increment);
        _state = Mix(key + unchecked((uint)sample) + Increment);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => Mix(_state = unchecked(_state + Increment));

    /// <summary>The next number in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next integer in [<paramref name="min"/>, <paramref name="maxExclusive"/>), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public int Next(int min, int maxExclusive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxExclusive, min);
        var range = (ulong)((long)maxExclusive - min);
        // Multiply-and-shift; the few products that would favour some results are drawn again.
        var refused = unchecked(0 - range) % range;
        ulong high, low;
        do
        {
            high = Math.BigMul(NextUInt64(), range, out low);
        }
        while (low < refused);
        return (int)(min + (long)high);
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
