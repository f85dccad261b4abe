using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using SAMed.MLNet.Imaging.Binary;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Nifti;

/// <summary>Writes NIfTI-1 single files, little endian, with the place of the voxels as sform and, where it has no shear, as qform.</summary>
internal static class NiftiWriter
{
    private const int HeaderLength = 352;

    /// <summary>Writes a volume; gzipped when the name ends in .gz.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="geometry">The grid.</param>
    /// <param name="voxels">The values in their stored type, x fastest.</param>
    /// <param name="dataType">The standard's code for that type.</param>
    /// <param name="description">Up to 79 bytes of text; the rest is cut.</param>
    /// <param name="isLabelMap">Marks the values as labels (intent 1002).</param>
    public static void Write<T>(string path, Geometry geometry, T[] voxels, int dataType, string description, bool isLabelMap)
        where T : unmanaged
    {
        WriteAll(path, Header(geometry, 1, Marshal.SizeOf<T>() * 8, dataType, description, isLabelMap), [voxels]);
    }

    /// <summary>Writes <paramref name="count"/> volumes on one grid as a 4-D image of float32; gzipped when the name ends in .gz.</summary>
    public static void WriteSeries(string path, Geometry geometry, int count, IEnumerable<float[]> volumes, string description) =>
        WriteAll(path, Header(geometry, count, 32, NiftiDataType.Float32, description, isLabelMap: false), volumes);

    private static void WriteAll<T>(string path, byte[] header, IEnumerable<T[]> volumes)
        where T : unmanaged => AtomicFile.Write(path, file =>
    {
        using var gzip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true) : null;
        Stream stream = gzip is null ? file : gzip;
        stream.Write(header);
        foreach (var voxels in volumes)
        {
            WriteVoxels(stream, voxels);
        }
    });

    private static void WriteVoxels<T>(Stream stream, T[] voxels)
        where T : unmanaged
    {
        const int perPiece = 1 << 20;
        for (var start = 0; start < voxels.Length; start += perPiece)
        {
            var piece = voxels.AsSpan(start, Math.Min(perPiece, voxels.Length - start));
            if (!BitConverter.IsLittleEndian)
            {
                piece = piece.ToArray();
                ByteOrder.Reverse(piece);
            }
            stream.Write(MemoryMarshal.AsBytes(piece));
        }
    }

    private static byte[] Header(Geometry geometry, int volumes, int bitsPerVoxel, int dataType, string description, bool isLabelMap)
    {
        if (Math.Max(Math.Max(geometry.Width, geometry.Height), Math.Max(geometry.Depth, volumes)) > short.MaxValue)
        {
            throw new ArgumentException($"NIfTI-1 holds at most {short.MaxValue} voxels along an axis; got {geometry}{(volumes > 1 ? $", {volumes} volumes" : "")}.", nameof(geometry));
        }
        const short ScannerAnatomical = 1;
        const byte Millimetre = 2;
        var header = new byte[HeaderLength];
        void Int16(int offset, int value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset), (short)value);
        void Single(int offset, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset), (float)value);

        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiHeader.Length1);
        header[38] = (byte)'r'; // "regular", which ANALYZE readers ask for
        var (affine, spacing) = (geometry.Affine, geometry.SpacingMm);
        var (b, c, d, qfac) = NiftiGeometry.ToQuaternion(affine);
        int[] dim = [volumes > 1 ? 4 : 3, geometry.Width, geometry.Height, geometry.Depth, volumes, 1, 1, 1];
        double[] pixdim = [qfac, spacing.X, spacing.Y, spacing.Z, 1, 1, 1, 1];
        for (var n = 0; n < 8; n++)
        {
            Int16(40 + (2 * n), dim[n]);
            Single(76 + (4 * n), pixdim[n]);
        }
        Int16(68, isLabelMap ? NiftiHeader.LabelIntent : 0);
        Int16(70, dataType);
        Int16(72, bitsPerVoxel);
        Single(108, HeaderLength);
        Single(112, 1); // scl_slope; scl_inter stays 0
        header[123] = Millimetre;
        WriteText(header.AsSpan(148, 79), description);
        Int16(252, NiftiGeometry.IsRotationAndSpacing(affine) ? ScannerAnatomical : 0);
        Int16(254, ScannerAnatomical);
        double[] quaternion = [b, c, d, affine[0, 3], affine[1, 3], affine[2, 3]];
        for (var n = 0; n < 6; n++)
        {
            Single(256 + (4 * n), quaternion[n]);
        }
        for (var n = 0; n < 12; n++)
        {
            Single(280 + (4 * n), affine[n / 4, n % 4]);
        }
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;
    }

    /// <summary>UTF-8, cut between characters.</summary>
    private static void WriteText(Span<byte> field, string text) => Encoding.UTF8.GetEncoder().Convert(text, field, true, out _, out _, out _);

    /// <summary>Rounds to the nearest whole number of the stored type.</summary>
    /// <exception cref="ArgumentException">A value does not fit.</exception>
    public static T[] ToInteger<T>(Volume<float> image)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
    {
        var (lowest, highest) = (double.CreateChecked(T.MinValue), double.CreateChecked(T.MaxValue));
        return Array.ConvertAll(image.Voxels, value =>
        {
            var rounded = Math.Round((double)value);
            return rounded >= lowest && rounded <= highest
                ? T.CreateTruncating(rounded)
                : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The value {value} does not fit into {typeof(T).Name} ({lowest} to {highest}): write float32."), nameof(image));
        });
    }
}
