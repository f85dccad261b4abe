using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Cuts a grid of tokens into square windows and puts them together again. SAM, modeling/image_encoder.py.</summary>
internal static class WindowPartition
{
    /// <summary>[B, H, W, C] to [B*windows, size, size, C]; right and bottom are filled with zero tokens up to a multiple of <paramref name="size"/>.</summary>
    public static Tensor Split(Tensor x, int size)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var (rows, columns) = (Count(height, size), Count(width, size));
        if (rows * size != height || columns * size != width)
        {
            x = functional.pad(x, [0, 0, 0, columns * size - width, 0, rows * size - height]);
        }
        return x.view(batch, rows, size, columns, size, channels)
            .permute(0, 1, 3, 2, 4, 5)                                                        // [B, rows, columns, size, size, C]
            .reshape(batch * rows * columns, size, size, channels)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="Split"/>: [B*windows, size, size, C] to [B, H, W, C], the filled tokens cut away.</summary>
    public static Tensor Join(Tensor windows, int size, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (rows, columns, channels) = (Count(height, size), Count(width, size), windows.shape[3]);
        var batch = windows.shape[0] / (rows * columns);
        return windows.view(batch, rows, columns, size, size, channels)
            .permute(0, 1, 3, 2, 4, 5)                                                        // [B, rows, size, columns, size, C]
            .reshape(batch, rows * size, columns * size, channels)
            .narrow(1, 0, height).narrow(2, 0, width)
            .MoveToOuterDisposeScope();
    }

    private static long Count(long length, int size) => (length + size - 1) / size;
}
