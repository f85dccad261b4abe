namespace SAMed.MLNet.Transforms;

/// <summary>Quarter turns followed by a flip, as numpy's rot90 and flip: SAMed's random_rot_flip (datasets/dataset_synapse.py).</summary>
public static class RotateFlip
{
    /// <summary>Turns counter-clockwise (rows counted downwards) by <paramref name="quarterTurns"/>·90°, then reverses <paramref name="flipAxis"/>. Odd turns exchange the sides: the
    /// result is [W, H].</summary>
    /// <param name="source">[H, W].</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="destination">[H, W], or [W, H] after an odd number of turns; must not overlap the source.</param>
    /// <param name="quarterTurns">Any integer; counts modulo 4.</param>
    /// <param name="flipAxis">0 reverses the order of the rows of the turned plane, 1 that of its columns.</param>
    /// <exception cref="ArgumentException">A size is below 1 or a length differs from its sizes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The axis is neither 0 nor 1.</exception>
    public static void Apply<T>(ReadOnlySpan<T> source, int height, int width, Span<T> destination, int quarterTurns, int flipAxis)
        where T : unmanaged
    {
        Plane.Check(source.Length, height, width, nameof(source));
        Plane.Check(destination.Length, height, width, nameof(destination));
        if (flipAxis is not (0 or 1))
        {
            throw new ArgumentOutOfRangeException(nameof(flipAxis), flipAxis, "A plane is flipped along axis 0 (rows) or 1 (columns).");
        }
        var turns = quarterTurns & 3;
        var (newHeight, newWidth) = (turns & 1) == 0 ? (height, width) : (width, height);
        // Every such map is linear in the index: start + row·down + column·right.
        var start = SourceIndex(0, 0);
        var down = newHeight > 1 ? SourceIndex(1, 0) - start : 0;
        var right = newWidth > 1 ? SourceIndex(0, 1) - start : 0;
        for (var y = 0; y < newHeight; y++)
        {
            var row = destination.Slice(y * newWidth, newWidth);
            for (int x = 0, from = start + (y * down); x < row.Length; x++, from += right)
            {
                row[x] = source[from];
            }
        }

        int SourceIndex(int y, int x)
        {
            var (row, column) = flipAxis == 0 ? (newHeight - 1 - y, x) : (y, newWidth - 1 - x);
            return turns switch
            {
                0 => (row * width) + column,
                1 => (column * width) + (width - 1 - row),
                2 => ((height - 1 - row) * width) + (width - 1 - column),
                _ => ((height - 1 - column) * width) + row,
            };
        }
    }
}
