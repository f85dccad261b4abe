using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics;

/// <summary>A label map kept as runs of equal labels: some kilobytes for a slice of 512 × 512 with organs in it, where the labels themselves take half a megabyte. Where labels are such
/// noise that the runs of a slice would take more than a byte for each of its labels, the labels are kept in bytes. Slices are set in any order, from any number of threads; those that
/// were not are background.</summary>
internal sealed class LabelRuns : LabelRows
{
    private readonly Slice?[] _slices;

    /// <summary>Background everywhere.</summary>
    public LabelRuns(Geometry geometry)
        : base(geometry) => _slices = new Slice?[geometry.Depth];

    /// <summary>Sets slice <paramref name="z"/>, [H, W].</summary>
    public void Set(int z, ReadOnlySpan<ushort> labels)
    {
        var ends = new int[Geometry.Height];
        List<Run> runs = [];
        for (var y = 0; y < ends.Length; y++)
        {
            AddRow(labels.Slice(y * Geometry.Width, Geometry.Width), runs);
            ends[y] = runs.Count;
        }
        var bytes = runs.Count * (long)Unsafe.SizeOf<Run>() > labels.Length && runs.TrueForAll(run => run.Label <= byte.MaxValue);
        _slices[z] = bytes ? new([], ends, Narrow(labels)) : new([.. runs], ends, null);
    }

    /// <summary>Every label that occurs, once, in the slices that were set.</summary>
    public IEnumerable<int> Labels
    {
        get
        {
            var occurs = new bool[ushort.MaxValue + 1];
            foreach (var slice in _slices.OfType<Slice>())
            {
                foreach (var label in slice.Bytes ?? [])
                {
                    occurs[label] = true;
                }
                foreach (var run in slice.Runs)
                {
                    occurs[run.Label] = true;
                }
            }
            return Enumerable.Range(0, occurs.Length).Where(label => occurs[label]);
        }
    }

    /// <summary>Memory of the slices that were set, in bytes.</summary>
    public long Bytes => _slices.OfType<Slice>().Sum(slice => (slice.Runs.Length * (long)Unsafe.SizeOf<Run>()) + (slice.Ends.Length * (long)sizeof(int)) + (slice.Bytes?.Length ?? 0));

    /// <inheritdoc/>
    public override ReadOnlySpan<ushort> Row(int row, Span<ushort> scratch)
    {
        scratch = scratch[..Geometry.Width];
        if (_slices[row / Geometry.Height] is not { } slice)
        {
            scratch.Clear();
            return scratch;
        }
        var (y, x) = (row % Geometry.Height, 0);
        if (slice.Bytes is { } bytes)
        {
            Widen(bytes.AsSpan(y * scratch.Length, scratch.Length), scratch);
            return scratch;
        }
        foreach (var run in slice.Runs.AsSpan((y == 0 ? 0 : slice.Ends[y - 1])..slice.Ends[y]))
        {
            scratch.Slice(x, run.Length).Fill(run.Label);
            x += run.Length;
        }
        return scratch;
    }

    /// <inheritdoc/>
    public override LabelVolume ToVolume()
    {
        var volume = new LabelVolume(Geometry);
        Parallel.For(0, Geometry.Depth * Geometry.Height, row => Row(row, volume.Voxels.AsSpan(row * Geometry.Width, Geometry.Width)));
        return volume;
    }

    private static void AddRow(ReadOnlySpan<ushort> row, List<Run> runs)
    {
        while (row.Length > 0)
        {
            var length = Math.Min(LabelRun.Length(row), ushort.MaxValue);
            runs.Add(new(row[0], (ushort)length));
            row = row[length..];
        }
    }

    private static byte[] Narrow(ReadOnlySpan<ushort> labels)
    {
        var bytes = new byte[labels.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)labels[i];
        }
        return bytes;
    }

    private static void Widen(ReadOnlySpan<byte> from, Span<ushort> to)
    {
        var i = 0;
        for (; i + Vector128<byte>.Count <= from.Length; i += Vector128<byte>.Count)
        {
            var (first, second) = Vector128.Widen(Vector128.Create(from[i..]));
            first.CopyTo(to[i..]);
            second.CopyTo(to[(i + Vector128<ushort>.Count)..]);
        }
        for (; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }

    private readonly record struct Run(ushort Label, ushort Length);

    /// <param name="Runs">Of all rows, one row after the other.</param>
    /// <param name="Ends">Where each row ends among them.</param>
    /// <param name="Bytes">The labels in place of the runs; null when there are runs.</param>
    private sealed record Slice(Run[] Runs, int[] Ends, byte[]? Bytes);
}
