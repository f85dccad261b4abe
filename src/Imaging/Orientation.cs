namespace SAMed.MLNet.Imaging;

/// <summary>Where voxel axes point in the patient, as three letters: the first letter says where i grows, and so on;
/// R/L right/left, A/P front/back, S/I head/feet. "RAS" is the standard's own order.</summary>
public static class Orientation
{
    private const string Positive = "RAS";
    private const string Negative = "LPI";

    /// <summary>The axis codes of a map from voxels to mm RAS+. Oblique and sheared axes count as the nearest patient axes: the rotation nearest to
    /// the map (its polar factor) decides, as in nibabel's io_orientation.</summary>
    /// <exception cref="ArgumentException">The map is singular or not finite.</exception>
    public static string Of(Affine affine)
    {
        Span<char> codes = stackalloc char[3];
        var axes = AxesOf(affine);
        for (var axis = 0; axis < 3; axis++)
        {
            codes[axis] = (axes[axis].Sign > 0 ? Positive : Negative)[axes[axis].PatientAxis];
        }
        return new string(codes);
    }

    /// <summary>The same volume with its axes permuted and flipped to point as <paramref name="codes"/> say. No value changes, and every voxel keeps its place in mm.</summary>
    /// <exception cref="ArgumentException">The codes are not three letters, one for each patient axis.</exception>
    public static Volume<T> Reorient<T>(Volume<T> volume, string codes)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        var (geometry, voxels) = Apply(volume, codes);
        return new Volume<T>(geometry, voxels);
    }

    /// <inheritdoc cref="Reorient{T}(Volume{T}, string)"/>
    public static LabelVolume Reorient(LabelVolume volume, string codes)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var (geometry, voxels) = Apply(volume, codes);
        return new LabelVolume(geometry, voxels);
    }

    /// <summary>The grid that <see cref="Reorient{T}(Volume{T}, string)"/> gives a volume of <paramref name="geometry"/>, without any voxels.</summary>
    /// <exception cref="ArgumentException">The codes are not three letters, one for each patient axis.</exception>
    public static Geometry Reorient(Geometry geometry, string codes)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        var (source, flip) = AxesTo(geometry, codes);
        int[] oldSize = [geometry.Width, geometry.Height, geometry.Depth];
        return new Geometry(oldSize[source[2]], oldSize[source[1]], oldSize[source[0]], Rearrange(geometry, source, flip, oldSize));
    }

    private static (Geometry Geometry, T[] Voxels) Apply<T>(Volume<T> volume, string codes)
        where T : unmanaged
    {
        var old = volume.Geometry;
        var (source, flip) = AxesTo(old, codes);
        int[] oldSize = [old.Width, old.Height, old.Depth];
        int[] oldStride = [1, old.Width, old.SliceLength];
        var size = source.Select(axis => oldSize[axis]).ToArray();
        var stride = source.Select((axis, n) => flip[n] ? -oldStride[axis] : oldStride[axis]).ToArray();
        var start = source.Select((axis, n) => flip[n] ? (oldSize[axis] - 1) * oldStride[axis] : 0).Sum();
        return (Reorient(old, codes), Copy(volume.Voxels, size, stride, start));
    }

    /// <summary>New axis n runs along old axis Source[n], backwards where Flip[n].</summary>
    private static (int[] Source, bool[] Flip) AxesTo(Geometry geometry, string codes)
    {
        var wanted = Parse(codes);
        var present = AxesOf(geometry.Affine);
        var source = new int[3];
        var flip = new bool[3];
        for (var n = 0; n < 3; n++)
        {
            source[n] = Array.FindIndex(present, axis => axis.PatientAxis == wanted[n].PatientAxis);
            flip[n] = present[source[n]].Sign != wanted[n].Sign;
        }
        return (source, flip);
    }

    private static T[] Copy<T>(T[] voxels, int[] size, int[] stride, int start)
    {
        var result = GC.AllocateUninitializedArray<T>(voxels.Length);
        var at = 0;
        for (var k = 0; k < size[2]; k++)
        {
            for (var j = 0; j < size[1]; j++)
            {
                var from = start + (k * stride[2]) + (j * stride[1]);
                for (var i = 0; i < size[0]; i++, from += stride[0])
                {
                    result[at++] = voxels[from];
                }
            }
        }
        return result;
    }

    private static Affine Rearrange(Geometry old, int[] source, bool[] flip, int[] oldSize)
    {
        Span<double> rows = stackalloc double[12];
        for (var row = 0; row < 3; row++)
        {
            var origin = old.Affine[row, 3];
            for (var n = 0; n < 3; n++)
            {
                var step = old.Affine[row, source[n]];
                rows[(row * 4) + n] = flip[n] ? -step : step;
                origin += flip[n] ? step * (oldSize[source[n]] - 1) : 0;
            }
            rows[(row * 4) + 3] = origin;
        }
        return Affine.FromRows(rows);
    }

    private static (int PatientAxis, int Sign)[] Parse(string codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        var axes = codes.Select(letter => Positive.Contains(letter) ? (PatientAxis: Positive.IndexOf(letter), Sign: 1) : (PatientAxis: Negative.IndexOf(letter), Sign: -1)).ToArray();
        return axes.Length == 3 && axes.Select(axis => axis.PatientAxis).Order().SequenceEqual([0, 1, 2])
            ? axes
            : throw new ArgumentException($"Axis codes are three of R/L, A/P, S/I, one of each, such as \"RAS\"; got \"{codes}\".", nameof(codes));
    }

    private static (int PatientAxis, int Sign)[] AxesOf(Affine affine)
    {
        var rotation = Rotation3.Nearest(affine);
        var axes = new (int PatientAxis, int Sign)[3];
        var free = new bool[] { true, true, true };
        for (var axis = 0; axis < 3; axis++)
        {
            var best = -1;
            for (var row = 0; row < 3; row++)
            {
                if (free[row] && (best < 0 || Math.Abs(rotation[row, axis]) > Math.Abs(rotation[best, axis])))
                {
                    best = row;
                }
            }
            free[best] = false;
            axes[axis] = (best, rotation[best, axis] < 0 ? -1 : 1);
        }
        return axes;
    }
}
