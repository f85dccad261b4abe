namespace SAMed.MLNet.Metrics;

/// <summary>A binary mask on a 2-D grid [H, W] or a 3-D grid [D, H, W], x fastest. The number of axes is part of the mask, because it decides
/// what a surface is: in a 3-D mask of depth 1 every voxel touches the outside above and below, in a 2-D mask it does not.</summary>
public sealed class BinaryMask
{
    private readonly byte[] _voxels;

    /// <summary>A mask of the voxels that are not zero, which are copied.</summary>
    /// <param name="voxels">H·W or D·H·W voxels.</param>
    /// <param name="shape">[H, W] or [D, H, W].</param>
    /// <exception cref="ArgumentException">The shape has neither 2 nor 3 sizes, a size is below 1, or their product is not the number of voxels.</exception>
    public BinaryMask(ReadOnlySpan<byte> voxels, params ReadOnlySpan<int> shape)
    {
        if (shape.Length is not (2 or 3))
        {
            throw new ArgumentException($"A mask has 2 or 3 axes, got {shape.Length}.", nameof(shape));
        }
        Axes = shape.Length;
        (Depth, Height, Width) = (Axes == 3 ? shape[0] : 1, shape[^2], shape[^1]);
        if (Depth < 1 || Height < 1 || Width < 1 || (decimal)Depth * Height * Width != voxels.Length)
        {
            throw new ArgumentException($"A mask of shape [{string.Join(", ", shape.ToArray())}] cannot hold {voxels.Length} voxels.", nameof(shape));
        }
        _voxels = new byte[voxels.Length];
        for (var row = 0; row < Depth * Height; row++)
        {
            TakeRow(voxels.Slice(row * Width, Width), row);
        }
    }

    /// <summary>2 or 3.</summary>
    public int Axes { get; }

    /// <summary>D, 1 for a 2-D mask.</summary>
    public int Depth { get; }

    /// <summary>H.</summary>
    public int Height { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    /// <summary>Number of voxels in the mask.</summary>
    public int Count { get; private set; }

    /// <summary>All voxels, 0 or 1, [H, W] or [D, H, W].</summary>
    public ReadOnlySpan<byte> Voxels => _voxels;

    /// <summary>The smallest box that holds the mask.</summary>
    internal VoxelBox Box { get; private set; }

    /// <summary>Refuses masks on different grids.</summary>
    internal static void RequireSameGrid(BinaryMask prediction, BinaryMask reference)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        if ((prediction.Axes, prediction.Depth, prediction.Height, prediction.Width) != (reference.Axes, reference.Depth, reference.Height, reference.Width))
        {
            throw new ArgumentException($"Both masks must lie on one grid: the prediction is {prediction}, the reference is {reference}.", nameof(prediction));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Axes == 3 ? $"[{Depth}, {Height}, {Width}] with {Count} voxels" : $"[{Height}, {Width}] with {Count} voxels";

    private void TakeRow(ReadOnlySpan<byte> from, int row)
    {
        var first = from.IndexOfAnyExcept((byte)0);
        if (first < 0)
        {
            return;
        }
        var last = from.LastIndexOfAnyExcept((byte)0);
        var to = _voxels.AsSpan(row * Width, Width);
        for (var x = first; x <= last; x++)
        {
            to[x] = from[x] != 0 ? (byte)1 : (byte)0;
            Count += to[x];
        }
        Box = Box.WithRun(row / Height, row % Height, first, last + 1);
    }
}
