using System.Buffers.Binary;
using System.Numerics;

namespace SAMed.MLNet.Metrics;

/// <summary>Voxels of a box, a bit for each: what a set takes in memory does not depend on what is in it. A row is followed by eight bytes of nothing, so that what is read around a
/// voxel never reaches into the row beside it.</summary>
internal sealed class VoxelBits
{
    /// <summary>How far to either side of a voxel the eight bytes at its <see cref="Place"/> reach.</summary>
    public const int Reach = 28;

    private const int Gap = sizeof(ulong), WordBits = 64;

    private readonly byte[] _bits;
    private readonly int _stride;
    private readonly int[] _counts;

    /// <summary>An empty set. Every row has to be written before it is read.</summary>
    /// <param name="depth">D.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="memory">Where the bits come from; <see cref="Release"/> gives them back.</param>
    public VoxelBits(int depth, int height, int width, ScoringMemory memory)
    {
        (Depth, Height, Width, Words) = (depth, height, width, ((width - 1) / WordBits) + 1);
        (_stride, _counts) = ((Words * sizeof(ulong)) + Gap, new int[depth]);
        _bits = memory.TakeBytes(checked(Gap + (depth * height * _stride)));
        _bits.AsSpan(0, Gap).Clear();
    }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Words of 64 voxels in a row.</summary>
    public int Words { get; }

    /// <summary>Bytes from a row to the next.</summary>
    public int Stride => _stride;

    /// <summary>Voxels of the set.</summary>
    public int Count => _counts.Sum();

    /// <summary>Whether slice <paramref name="z"/> has no voxel of the set.</summary>
    public bool IsEmpty(int z) => _counts[z] == 0;

    /// <summary>Word <paramref name="word"/> of row z·H + y: the voxels from x = 64·word on, the first in the lowest bit.</summary>
    public ulong this[int row, int word] => BinaryPrimitives.ReadUInt64LittleEndian(_bits.AsSpan(At(row) + (word * sizeof(ulong))));

    /// <summary>The eight voxels from x = 8·<paramref name="group"/> on of row z·H + y.</summary>
    public byte Eight(int row, int group) => _bits[At(row) + group];

    /// <summary>Writes a row, from one thread for a slice.</summary>
    public void Write(int row, ReadOnlySpan<ulong> words)
    {
        var to = _bits.AsSpan(At(row), _stride);
        var count = 0;
        for (var word = 0; word < Words; word++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(to[(word * sizeof(ulong))..], words[word]);
            count += BitOperations.PopCount(words[word]);
        }
        to[^Gap..].Clear();
        _counts[row / Height] += count;
    }

    /// <summary>All bits, in which <see cref="Place"/> says where to look.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>Where in <see cref="Bits"/> the eight bytes begin in which voxel <paramref name="x"/> of a row and <see cref="Reach"/> to either side of it lie.</summary>
    public int Place(int row, int x) => At(row) + ((x - Reach) >> 3);

    /// <summary>How many bits before the voxel's own neighbourhood these bytes begin.</summary>
    public static int Skip(int x) => (x - Reach) & 7;

    /// <summary>Number of voxels of the row before x.</summary>
    public int CountBefore(int row, int x)
    {
        var count = 0;
        for (var word = 0; word < x / WordBits; word++)
        {
            count += BitOperations.PopCount(this[row, word]);
        }
        return count + (x % WordBits == 0 ? 0 : BitOperations.PopCount(this[row, x / WordBits] << (WordBits - (x % WordBits))));
    }

    /// <summary>The first voxel of the row at or after <paramref name="x"/>; <see cref="int.MaxValue"/> when there is none.</summary>
    public int FirstFrom(int row, int x)
    {
        for (var word = x / WordBits; word < Words; word++)
        {
            var voxels = this[row, word] & (word == x / WordBits ? ulong.MaxValue << (x % WordBits) : ulong.MaxValue);
            if (voxels != 0)
            {
                return (word * WordBits) + BitOperations.TrailingZeroCount(voxels);
            }
        }
        return int.MaxValue;
    }

    /// <summary>The last voxel of the row before <paramref name="x"/>; −1 when there is none.</summary>
    public int LastBefore(int row, int x)
    {
        for (var word = (x - 1) / WordBits; x > 0 && word >= 0; word--)
        {
            var voxels = this[row, word] & (word == (x - 1) / WordBits ? ulong.MaxValue >> (WordBits - 1 - ((x - 1) % WordBits)) : ulong.MaxValue);
            if (voxels != 0)
            {
                return (word * WordBits) + WordBits - 1 - BitOperations.LeadingZeroCount(voxels);
            }
        }
        return -1;
    }

    /// <summary>Gives the memory back; the set is gone.</summary>
    public void Release(ScoringMemory memory) => memory.Return(_bits);

    private int At(int row) => Gap + (row * _stride);
}
