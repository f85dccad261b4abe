using CsCheck;

namespace SAMed.MLNet.Transforms.Tests;

public class SplineResizeTests
{
    [Test]
    public void Paper_edge_of_512_to_224_is_zero_and_the_exact_edge_is_not()
    {
        float[] ones = [.. Enumerable.Repeat(1f, 512 * 512)];
        foreach (var order in new[] { SplineOrder.Nearest, SplineOrder.Cubic })
        {
            float[] paper = new float[224 * 224], exact = new float[224 * 224];
            SplineResize.Resize(ones, 512, 512, paper, 224, 224, order, ZoomEdge.Paper);
            SplineResize.Resize(ones, 512, 512, exact, 224, 224, order, ZoomEdge.Exact);
            for (var i = 0; i < 224; i++)
            {
                Assert.That((paper[(223 * 224) + i], paper[(i * 224) + 223]), Is.EqualTo((0f, 0f)), $"order {order}, place {i}");
                Assert.That(paper[(222 * 224) + Math.Min(i, 222)], Is.EqualTo(1f).Within(1e-6));
            }
            Assert.That(exact, Is.All.EqualTo(1f).Within(1e-6), $"order {order}");
        }
    }

    [Test]
    public void A_cubic_resize_goes_through_the_samples_it_meets() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[0, 1000]).Sample((height, width, timesY, timesX, seed) =>
        {
            var random = new Random(seed);
            float[] source = [.. Enumerable.Range(0, height * width).Select(_ => random.NextSingle())];
            var (newHeight, newWidth) = (((height - 1) * timesY) + 1, ((width - 1) * timesX) + 1);
            var result = new float[newHeight * newWidth];
            SplineResize.Resize(source, height, width, result, newHeight, newWidth, SplineOrder.Cubic, ZoomEdge.Exact);
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    Assert.That(result[(y * timesY * newWidth) + (x * timesX)], Is.EqualTo(source[(y * width) + x]).Within(1e-5));
                }
            }
        });

    [Test]
    public void Equal_sizes_copy_exactly()
    {
        float[] source = [1.5f, -2, 0.1f, 7, 3, 9];
        var result = new float[6];
        SplineResize.Resize(source, 2, 3, result, 2, 3, SplineOrder.Cubic, ZoomEdge.Paper);
        Assert.That(result, Is.EqualTo(source));
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        var plane = new float[12];
        Assert.That(() => SplineResize.Resize(plane, 3, 5, new float[4], 2, 2, SplineOrder.Cubic, ZoomEdge.Paper),
            Throws.ArgumentException.With.Message.Contains("3x5").And.Message.Contains("15 values, got 12").And.Property("ParamName").EqualTo("source"));
        Assert.That(() => SplineResize.Resize(plane, 3, 4, new float[5], 2, 2, SplineOrder.Cubic, ZoomEdge.Paper),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("destination"));
        Assert.That(() => SplineResize.ResizeNearest<float>(plane, 3, 4, [], 0, 2, ZoomEdge.Paper), Throws.ArgumentException.With.Message.Contains("0x2"));
        Assert.That(() => SplineResize.Resize(plane, 3, 4, new float[4], 2, 2, (SplineOrder)1, ZoomEdge.Paper), Throws.ArgumentException.With.Message.Contains("got 1"));
        Assert.That(() => SplineResize.Resize(plane, 3, 4, new float[4], 2, 2, SplineOrder.Cubic, (ZoomEdge)9), Throws.ArgumentException.With.Message.Contains("got 9"));
    }
}
