using System.Globalization;
using SAMed.MLNet.Imaging.Binary;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>The fields of a NIfTI-1 or NIfTI-2 header that matter here (nifti1.h, nifti2.h).</summary>
internal sealed record NiftiHeader
{
    public const int Length1 = 348, Length2 = 540, LabelIntent = 1002;

    public required string Path { get; init; }

    /// <summary>1 or 2.</summary>
    public required int Version { get; init; }

    public required bool BigEndian { get; init; }

    /// <summary>Whether the voxels are in a file of their own (.img).</summary>
    public required bool IsPair { get; init; }

    /// <summary>x, y, z, t …; at least one size.</summary>
    public required int[] Shape { get; init; }

    public required int DataTypeCode { get; init; }

    /// <summary>Where the voxels begin in their file.</summary>
    public required long VoxelOffset { get; init; }

    public required double Slope { get; init; }

    public required double Intercept { get; init; }

    public required double[] PixDim { get; init; }

    public required int QFormCode { get; init; }

    public required int SFormCode { get; init; }

    /// <summary>b, c, d and the offsets x, y, z.</summary>
    public required double[] QForm { get; init; }

    /// <summary>Three rows of four.</summary>
    public required double[] SForm { get; init; }

    public required int Units { get; init; }

    public required int IntentCode { get; init; }

    public required string Description { get; init; }

    public int Width => Shape[0];

    public int Height => Shape.Length > 1 ? Shape[1] : 1;

    public int Depth => Shape.Length > 2 ? Shape[2] : 1;

    /// <summary>Product of the sizes beyond the third.</summary>
    public int VolumeCount { get; private init; }

    /// <summary>Bytes from the file's start to the end of the header with the four bytes that announce extensions.</summary>
    public int SingleFileMinimum => (Version == 1 ? Length1 : Length2) + 4;

    /// <summary>Whether a file's first bytes are those of a header of this kind (or of ANALYZE 7.5, which is refused later with a reason).</summary>
    public static bool IsMagic(ReadOnlySpan<byte> start) => start.Length >= 4 && new NiftiFields(start, false).Int32(0) is Length1 or Length2
        || start.Length >= 4 && new NiftiFields(start, true).Int32(0) is Length1 or Length2;

    /// <summary>Reads a header; the stream is left behind its last byte.</summary>
    /// <exception cref="VolumeFormatException">No NIfTI header, or one that makes no sense.</exception>
    public static NiftiHeader Read(Stream stream, string path)
    {
        var start = ArrayReader.ReadBytes(stream, 4, path, "header");
        foreach (var bigEndian in new[] { false, true })
        {
            var size = new NiftiFields(start, bigEndian).Int32(0);
            if (size is Length1 or Length2)
            {
                var bytes = new byte[size];
                start.CopyTo(bytes, 0);
                ArrayReader.ReadBytes(stream, size - 4, path, "header").CopyTo(bytes, 4);
                var fields = new NiftiFields(bytes, bigEndian);
                return Check(size == Length1 ? Parse1(fields, bigEndian, path) : Parse2(fields, bigEndian, path));
            }
        }
        throw new VolumeFormatException(path, "sizeof_hdr", "348 (NIfTI-1) or 540 (NIfTI-2)", $"the bytes {Convert.ToHexString(start)}: this is no NIfTI file");
    }

    private static NiftiHeader Parse1(NiftiFields fields, bool bigEndian, string path) => new()
    {
        Path = path,
        Version = 1,
        BigEndian = bigEndian,
        IsPair = ParseMagic(fields.Text(344, 4), "n+1", "ni1", path),
        Shape = ParseShape([fields.Int16(40), fields.Int16(42), fields.Int16(44), fields.Int16(46), fields.Int16(48), fields.Int16(50), fields.Int16(52), fields.Int16(54)], path),
        IntentCode = fields.Int16(68),
        DataTypeCode = fields.Int16(70),
        PixDim = fields.Singles(76, 8),
        VoxelOffset = ParseOffset(fields.Single(108), path),
        Slope = fields.Single(112),
        Intercept = fields.Single(116),
        Units = fields.Byte(123),
        Description = fields.Text(148, 80),
        QFormCode = fields.Int16(252),
        SFormCode = fields.Int16(254),
        QForm = fields.Singles(256, 6),
        SForm = fields.Singles(280, 12),
    };

    private static NiftiHeader Parse2(NiftiFields fields, bool bigEndian, string path) => new()
    {
        Path = path,
        Version = 2,
        BigEndian = bigEndian,
        IsPair = ParseMagic(fields.Text(4, 4), "n+2", "ni2", path),
        DataTypeCode = fields.Int16(12),
        Shape = ParseShape([fields.Int64(16), fields.Int64(24), fields.Int64(32), fields.Int64(40), fields.Int64(48), fields.Int64(56), fields.Int64(64), fields.Int64(72)], path),
        PixDim = fields.Doubles(104, 8),
        VoxelOffset = ParseOffset(fields.Int64(168), path),
        Slope = fields.Double(176),
        Intercept = fields.Double(184),
        Description = fields.Text(240, 80),
        QFormCode = fields.Int32(344),
        SFormCode = fields.Int32(348),
        QForm = fields.Doubles(352, 6),
        SForm = fields.Doubles(400, 12),
        Units = fields.Int32(500),
        IntentCode = fields.Int32(504),
    };

    private static bool ParseMagic(string magic, string single, string pair, string path)
    {
        if (magic == single || magic == pair)
        {
            return magic == pair;
        }
        throw magic.Length == 0
            ? new VolumeFormatException(path, "magic", $"'{single}' or '{pair}'", "nothing: an ANALYZE 7.5 header, which does not say left from right; convert the file to NIfTI")
            : new VolumeFormatException(path, "magic", $"'{single}' or '{pair}'", $"'{magic}'");
    }

    private static int[] ParseShape(ReadOnlySpan<long> dim, string path)
    {
        if (dim[0] is < 1 or > 7)
        {
            throw new VolumeFormatException(path, "dim[0]", "1 to 7 dimensions", $"{dim[0]}");
        }
        var shape = dim[1..((int)dim[0] + 1)].ToArray();
        decimal voxels = 1;
        for (var n = 0; n < shape.Length; n++)
        {
            if (shape[n] is < 1 or > int.MaxValue)
            {
                throw new VolumeFormatException(path, $"dim[{n + 1}]", "a size of 1 or more", $"{shape[n]} (dims {string.Join("x", shape)})");
            }
            voxels *= shape[n];
            if (voxels > Array.MaxLength)
            {
                throw new VolumeFormatException(path, "dim", $"at most {Array.MaxLength} voxels", $"{string.Join("x", shape)}");
            }
        }
        return Array.ConvertAll(shape, size => (int)size);
    }

    private static long ParseOffset(double offset, string path) => offset >= 0 && offset <= long.MaxValue / 2.0 && Math.Floor(offset) == offset
        ? (long)offset
        : throw new VolumeFormatException(path, "vox_offset", "a whole number, 0 or more", offset.ToString("R", CultureInfo.InvariantCulture));

    private static NiftiHeader Check(NiftiHeader header)
    {
        // Slope 0 or not finite: no scaling (nifti1.h; nibabel for the second).
        var scaled = double.IsFinite(header.Slope) && header.Slope != 0;
        if (scaled && !double.IsFinite(header.Intercept))
        {
            throw new VolumeFormatException(header.Path, "scl_inter", "a finite number", header.Intercept.ToString("R", CultureInfo.InvariantCulture));
        }
        var offset = header.VoxelOffset;
        if (!header.IsPair)
        {
            offset = offset == 0 ? header.SingleFileMinimum : offset;
            if (offset < header.SingleFileMinimum)
            {
                throw new VolumeFormatException(header.Path, "vox_offset", $"{header.SingleFileMinimum} or more", $"{offset}");
            }
        }
        return header with
        {
            Slope = scaled ? header.Slope : 1,
            Intercept = scaled ? header.Intercept : 0,
            VoxelOffset = offset,
            VolumeCount = header.Shape.Skip(3).Aggregate(1, (total, size) => total * size),
        };
    }
}
