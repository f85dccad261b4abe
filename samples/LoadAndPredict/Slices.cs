namespace LoadAndPredict;

/// <summary>A slice as LoadSlices reads it from a file and the model takes it: the names of the properties are those of the columns.</summary>
internal sealed class ImageSlice
{
    public int Height { get; set; }

    public int Width { get; set; }

    public float[] Image { get; set; } = [];
}

/// <summary>What the model says of it: H·W class ids.</summary>
internal sealed class LabelledSlice
{
    public byte[] PredictedLabel { get; set; } = [];
}
