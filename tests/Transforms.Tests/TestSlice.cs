namespace SAMed.MLNet.Transforms.Tests;

/// <summary>A row of slices as LoadSlices gives them: of any size, in HU, with NaN and infinities here and there.</summary>
internal sealed class TestSlice
{
    private static int _imagesRead;

    private float[] _image = [];

    /// <summary>How often an image was read in this process.</summary>
    public static int ImagesRead => Volatile.Read(ref _imagesRead);

    public int Height { get; set; }

    public int Width { get; set; }

    public float[] Image
    {
        get
        {
            Interlocked.Increment(ref _imagesRead);
            return _image;
        }

        set => _image = value;
    }

    public byte[] Label { get; set; } = [];

    public static TestSlice Make(int seed)
    {
        var random = new Random(seed);
        var (height, width) = (random.Next(4, 12), random.Next(4, 12));
        var image = Enumerable.Range(0, height * width).Select(_ => (random.NextSingle() * 600) - 200).ToArray();
        foreach (var value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            image[random.Next(image.Length)] = value;
        }
        return new() { Height = height, Width = width, Image = image, Label = [.. image.Select(_ => (byte)random.Next(4))] };
    }
}
