using System.Buffers.Binary;
using SkiaSharp;

namespace SAMed.MLNet.Imaging.Pictures;

/// <summary>A kind of picture that SkiaSharp decodes: 8 bit, without colour management.</summary>
internal abstract class SkiaFormat(string name, SKEncodedImageFormat encoding) : PictureFormat
{
    /// <summary>More than either kind can pack, so that a header cannot ask for memory that the file does not fill.</summary>
    private const long MostPixelsPerByte = 2048;

    public override VolumeInfo Identify(string path)
    {
        using var codec = Open(path);
        return Describe(path, name, codec.Info.Height, codec.Info.Width, IsGrey(codec) ? 1 : 3, "uint8");
    }

    public override void Write(string path, Volume<float> image, ImageStorage storage, string description) => throw Unwritten(path);

    public override void Write(string path, LabelVolume labels, string description) => throw Unwritten(path);

    protected override Picture Read(string path)
    {
        using var codec = Open(path);
        var (height, width, grey) = (codec.Info.Height, codec.Info.Width, IsGrey(codec));
        // No colour space wanted means that samples come as they are stored.
        var wanted = new SKImageInfo(width, height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, grey ? SKAlphaType.Opaque : SKAlphaType.Unpremul, null);
        var bytes = new byte[wanted.BytesSize64];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* start = bytes)
            {
                result = codec.GetPixels(wanted, (nint)start);
            }
        }
        if (result != SKCodecResult.Success)
        {
            throw new VolumeFormatException(path, "pixels", $"those of {width}x{height}", Tell(result));
        }
        var stride = grey ? 1 : 4;
        ushort[] Plane(int channel) => [.. Enumerable.Range(0, width * height).Select(pixel => (ushort)bytes[(pixel * stride) + channel])];
        return new(path, height, width, grey ? [Plane(0)] : [Plane(0), Plane(1), Plane(2)], byte.MaxValue) { Alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? null : Plane(3) };
    }

    private static bool IsGrey(SKCodec codec) => codec.Info.ColorType == SKColorType.Gray8;

    private SKCodec Open(string path)
    {
        long length;
        // Says clearly what is wrong with a path, which the codec does not.
        using (var file = Binary.InputFile.Open(path))
        {
            length = file.Length;
        }
        var codec = SKCodec.Create(path, out var result);
        if (codec is null || codec.EncodedFormat != encoding)
        {
            codec?.Dispose();
            throw new VolumeFormatException(path, "header", $"that of {name}", codec is null ? Tell(result) : $"that of {codec.EncodedFormat}");
        }
        try
        {
            Picture.CheckSize(path, codec.Info.Width, codec.Info.Height);
            if ((long)codec.Info.Width * codec.Info.Height > length * MostPixelsPerByte)
            {
                throw new VolumeFormatException(path, "pixels", $"those of {codec.Info.Width}x{codec.Info.Height}", $"{length} bytes, which cannot hold so many");
            }
            RequireUpright(path, codec);
        }
        catch
        {
            codec.Dispose();
            throw;
        }
        return codec;
    }

    /// <summary>Viewers turn such a picture and many programs do not, so nobody knows which way its mask was drawn.</summary>
    private static void RequireUpright(string path, SKCodec codec)
    {
        if (codec.EncodedOrigin != SKEncodedOrigin.TopLeft)
        {
            throw new VolumeFormatException(path, "EXIF orientation", "1 (as stored)",
                $"{(int)codec.EncodedOrigin} ({codec.EncodedOrigin}); save the picture the way its mask lies, with its pixels turned");
        }
    }

    private static string Tell(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "a file that ends too early; it is truncated",
        SKCodecResult.InvalidInput or SKCodecResult.ErrorInInput => "content that cannot be decoded; the file is truncated or damaged",
        SKCodecResult.Unimplemented => "a form of it that cannot be decoded; save the picture anew, best as PNG",
        _ => "a picture that the decoder gives up; save it anew, best as PNG",
    };

    private NotSupportedException Unwritten(string path) => new($"{path}: {name} is only read. Write .png, which keeps every value.");
}

/// <summary>JPEG in the table of formats.</summary>
internal sealed class JpegFormat() : SkiaFormat("JPEG", SKEncodedImageFormat.Jpeg)
{
    public override IReadOnlyList<string> Extensions { get; } = [".jpg", ".jpeg"];

    public override bool Matches(ReadOnlySpan<byte> start) => start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    public override LabelVolume ReadLabels(string path) => throw new VolumeFormatException(path, "mask", "a format that keeps ids exactly (PNG, BMP, NIfTI, npy)",
        "JPEG, which changes values at every edge; save the mask as PNG from its source");
}

/// <summary>BMP in the table of formats.</summary>
internal sealed class BmpFormat() : SkiaFormat("BMP", SKEncodedImageFormat.Bmp)
{
    public override IReadOnlyList<string> Extensions { get; } = [".bmp"];

    public override int MagicLength => 18;

    /// <summary>Two letters could begin the voxels of any raw file, so the length of the second header counts too.</summary>
    public override bool Matches(ReadOnlySpan<byte> start) =>
        start.StartsWith("BM"u8) && start.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(start[14..]) is 12 or 40 or 52 or 56 or 64 or 108 or 124;
}
