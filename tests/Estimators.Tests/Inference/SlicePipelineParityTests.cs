using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Transforms;

namespace SAMed.MLNet.Estimators.Tests.Inference;

/// <summary>A slice that goes through the ML.NET pipeline is the slice that the command line prepares, bit for bit.</summary>
public class SlicePipelineParityTests
{
    private static readonly MLContext Ml = new(1);

    private static readonly float[] NoValues = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    private static readonly Gen<float> Hu = Gen.Frequency((8, Gen.Float[-1000, 2000]), (1, Gen.Int[0, 2].Select(i => NoValues[i])));

    private static readonly Gen<Row> Slices =
        from height in Gen.Int[1, 12]
        from width in Gen.Int[1, 12]
        from image in Hu.Array[height * width]
        select new Row { Height = height, Width = width, Image = image };

    [TestCase(ZoomEdge.Exact)]
    [TestCase(ZoomEdge.Paper)]
    public void Window_and_resize_equal_the_preparation_for_the_network(ZoomEdge edge)
    {
        var preparation = new SlicePreparation(new() { ImageSize = 8, WindowMin = -125, WindowMax = 275, ZoomEdge = edge });
        Check(Ml.Transforms.NormalizeSlice("Image").Append(Ml.Transforms.ResizeSlice("Image", size: 8, edge: edge)), preparation);
    }

    [Test]
    public void The_detour_over_another_size_is_two_resizes()
    {
        var preparation = new SlicePreparation(new() { ImageSize = 8, InputSize = 5, WindowMin = -125, WindowMax = 275 });
        Check(Ml.Transforms.NormalizeSlice("Image").Append(Ml.Transforms.ResizeSlice("Image", size: 5)).Append(Ml.Transforms.ResizeSlice("Image", size: 8)), preparation);
    }

    [Test]
    public void Without_a_window_a_resize_alone_is_the_same() =>
        Check(Ml.Transforms.ResizeSlice("Image", size: 8).Append(Ml.Transforms.CopyColumns("Copy", "Image")), new SlicePreparation(new() { ImageSize = 8 }));

    private static void Check<T>(EstimatorChain<T> pipeline, SlicePreparation preparation)
        where T : class, ITransformer
    {
        using var engine = Ml.Model.CreatePredictionEngine<Row, Prepared>(pipeline.Fit(Ml.Data.LoadFromEnumerable<Row>([])));
        Slices.Sample(
            slice =>
            {
                var expected = new float[64];
                preparation.ToNetwork(slice.Image, slice.Height, slice.Width, expected);
                Assert.That(engine.Predict(slice).Image.Select(BitConverter.SingleToInt32Bits), Is.EqualTo(expected.Select(BitConverter.SingleToInt32Bits)));
            },
            iter: 200,
            threads: 1);
    }

    private sealed class Row
    {
        public int Height { get; set; }

        public int Width { get; set; }

        public float[] Image { get; set; } = [];
    }

    private sealed class Prepared
    {
        public float[] Image { get; set; } = [];
    }
}
