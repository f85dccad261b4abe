using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>One slice of a training step, to look at.</summary>
/// <param name="Size">S, pixels per side.</param>
/// <param name="Image">[S, S]: the first channel as the network got it.</param>
/// <param name="Prediction">[S, S]: class ids of the step's own forward pass.</param>
/// <param name="Truth">[S, S]: class ids.</param>
/// <param name="ClassCount">C, without background.</param>
internal sealed record TrainingPicture(int Size, float[] Image, byte[] Prediction, byte[] Truth, int ClassCount)
{
    /// <summary>Which slice of a batch of <paramref name="count"/> is shown: the second, as in the reference, which fails where there is only one; then the first.</summary>
    public static int Shown(int count) => Math.Min(1, count - 1);

    /// <summary>The picture of a step's first batch; <paramref name="logits"/> [B, C+1, L, L] are those that it was trained with.</summary>
    public static TrainingPicture Of(Tensor logits, TrainingBatch batch, SamOptions options)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (size, shown) = (options.ImageSize, Shown(batch.Count));
        var masks = nn.functional.interpolate(logits.narrow(0, shown, 1), size: [size, size], mode: InterpolationMode.Bilinear, align_corners: false);
        var first = shown * batch.Channels * size * size;
        return new(size, batch.Images[first..(first + (size * size))], ClassMap.Of(masks),
            batch.ShownLabel ?? new byte[size * size], options.NumClasses);
    }

    /// <summary>The image stretched to 0..255; all black when it has one value only.</summary>
    public byte[] GreyImage()
    {
        var (low, high) = (Image.Min(), Image.Max());
        var scale = high > low ? 255 / (high - low) : 0;
        return Array.ConvertAll(Image, value => (byte)MathF.Round((value - low) * scale));
    }

    /// <summary>Ids spread over the grey values, background black and the last class white.</summary>
    public byte[] GreyLabels(byte[] labels) => Array.ConvertAll(labels, id => (byte)(id * 255 / ClassCount));
}
