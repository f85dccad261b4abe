using BenchmarkDotNet.Attributes;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Bench.Kernels;

/// <summary>Work on slices and label maps without a network.</summary>
public class SliceKernels
{
    private const int Large = 512, Small = 224;
    private readonly float[] _image = new float[Large * Large], _small = new float[Small * Small];
    private readonly byte[] _labels = new byte[Large * Large], _smallLabels = new byte[Small * Small];
    private LabelVolume _reference = null!, _prediction = null!;

    /// <summary>A noisy slice, and two label maps that differ.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        for (var i = 0; i < _image.Length; i++)
        {
            _image[i] = random.NextSingle();
        }
        var options = new PhantomOptions { Height = 128, Width = 128, Depth = 32 };
        (_reference, _prediction) = (AbdomenPhantom.Create(1, options).Labels, AbdomenPhantom.Create(2, options).Labels);
    }

    /// <summary>Cubic, 512 to 224.</summary>
    [Benchmark(Description = "cubic resize, 512 to 224")]
    public void Shrink() => SplineResize.Resize(_image, Large, Large, _small, Small, Small, SplineOrder.Cubic, ZoomEdge.Paper);

    /// <summary>Cubic, 224 to 512.</summary>
    [Benchmark(Description = "cubic resize, 224 to 512")]
    public void Grow() => SplineResize.Resize(_small, Small, Small, _image, Large, Large, SplineOrder.Cubic, ZoomEdge.Paper);

    /// <summary>Nearest neighbour, 512 to 224.</summary>
    [Benchmark(Description = "nearest resize of labels, 512 to 224")]
    public void ShrinkLabels() => SplineResize.ResizeNearest<byte>(_labels, Large, Large, _smallLabels, Small, Small, ZoomEdge.Paper);

    /// <summary>A whole sample.</summary>
    [Benchmark(Description = "training sample, rotated by 13°")]
    public TrainingSample Sample() => TrainingSample.Create(_small, _smallLabels, Small, Small, Augmentation.Rotated(13), Large, Large / 4, ZoomEdge.Paper);

    /// <summary>Intensities to [0, 1].</summary>
    [Benchmark(Description = "HU window, 512 × 512")]
    public void Window() => HuWindow.Normalize(_image, _image, -125, 275);

    /// <summary>All measures of eight organs.</summary>
    [Benchmark(Description = "scores of eight organs, 32 × 128 × 128")]
    public double Score() => OrganScorer.Score("case", _prediction, _reference, LabelTable.Synapse.Classes, new()).Organs.Count;
}
