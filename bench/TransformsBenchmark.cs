using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Bench;

/// <summary>What one slice costs on its way to the network at the published sizes: 512 to 224 and back, and a training sample from 224 to 512. One thread.</summary>
internal static class TransformsBenchmark
{
    private const int ImageSize = 512, InputSize = 224, LowResSize = ImageSize / 4;

    // The runtime compiles what runs often again, in the background: the first second does not count.
    private const int WarmUps = 1000;

    public static void Run(int repetitions)
    {
        var random = new Random(1);
        float[] slice = [.. Enumerable.Range(0, ImageSize * ImageSize).Select(_ => random.NextSingle())];
        var (stored, input) = (new float[InputSize * InputSize], new float[ImageSize * ImageSize]);
        Timing.Print($"{ImageSize} to {InputSize} to {ImageSize}, cubic", repetitions, () =>
        {
            SplineResize.Resize(slice, ImageSize, ImageSize, stored, InputSize, InputSize, SplineOrder.Cubic, ZoomEdge.Paper);
            SplineResize.Resize(stored, InputSize, InputSize, input, ImageSize, ImageSize, SplineOrder.Cubic, ZoomEdge.Paper);
            return input[0];
        }, WarmUps);
        byte[] label = [.. Enumerable.Range(0, InputSize * InputSize).Select(place => (byte)(place / InputSize / 28))];
        PrintSample("turned and flipped", stored, label, repetitions, Augmentation.RotatedFlipped(1, 0));
        PrintSample("rotated by 13 degrees", stored, label, repetitions, Augmentation.Rotated(13));
    }

    private static void PrintSample(string how, float[] image, byte[] label, int repetitions, Augmentation augmentation) =>
        Timing.Print($"training sample {InputSize} to {ImageSize}, {how}", repetitions,
            () => TrainingSample.Create(image, label, InputSize, InputSize, augmentation, ImageSize, LowResSize, ZoomEdge.Paper), WarmUps);
}
