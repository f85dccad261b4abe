namespace SAMed.MLNet.Transforms;

/// <summary>Argument checks that every operation on a plane [H, W] shares.</summary>
internal static class Plane
{
    /// <summary>Checks that sizes are positive and that the memory is as long as they say.</summary>
    public static void Check(int length, int height, int width, string name)
    {
        if (height < 1 || width < 1)
        {
            throw new ArgumentException($"A plane needs at least one row and one column, got {height}x{width} (rows x columns).", name);
        }
        if ((long)height * width != length)
        {
            throw new ArgumentException($"A plane of {height}x{width} (rows x columns) holds {(long)height * width} values, got {length}.", name);
        }
    }
}
