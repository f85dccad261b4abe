namespace SAMed.MLNet.Metrics.Tests;

/// <summary>The definitions, written as plainly as possible, to compare the fast code with.</summary>
internal static class BruteForce
{
    /// <summary>Places (z, y, x) of surface voxels: in the mask, with a face neighbour outside mask or array.</summary>
    public static List<(int Z, int Y, int X)> Surface(BinaryMask mask)
    {
        var surface = new List<(int, int, int)>();
        for (var z = 0; z < mask.Depth; z++)
        {
            for (var y = 0; y < mask.Height; y++)
            {
                for (var x = 0; x < mask.Width; x++)
                {
                    var inside = At(mask, z, y, x - 1) && At(mask, z, y, x + 1) && At(mask, z, y - 1, x) && At(mask, z, y + 1, x)
                        && (mask.Axes == 2 || (At(mask, z - 1, y, x) && At(mask, z + 1, y, x)));
                    if (At(mask, z, y, x) && !inside)
                    {
                        surface.Add((z, y, x));
                    }
                }
            }
        }
        return surface;
    }

    /// <summary>Distance of each place to the nearest of the others.</summary>
    public static double[] Distances(List<(int Z, int Y, int X)> from, List<(int Z, int Y, int X)> to, double[] spacing)
    {
        var (sz, sy, sx) = (spacing.Length == 3 ? spacing[0] : 1, spacing[^2], spacing[^1]);
        double Length((int Z, int Y, int X) a, (int Z, int Y, int X) b) =>
            Math.Sqrt(Math.Pow((a.Z - b.Z) * sz, 2) + Math.Pow((a.Y - b.Y) * sy, 2) + Math.Pow((a.X - b.X) * sx, 2));
        return [.. from.Select(a => to.Select(b => Length(a, b)).DefaultIfEmpty(double.PositiveInfinity).Min())];
    }

    private static bool At(BinaryMask mask, int z, int y, int x) =>
        z >= 0 && y >= 0 && x >= 0 && z < mask.Depth && y < mask.Height && x < mask.Width && mask.Voxels[(((z * mask.Height) + y) * mask.Width) + x] != 0;
}
