using SAMed.MLNet.Estimators.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Tests.Inference;

public sealed class ClassMapTests
{
    // One pixel, one row that no vector fills, more than one band, and a last band that no vector fills.
    private static readonly int[][] s_shapes = [[1, 1, 1, 1], [2, 3, 1, 5], [2, 9, 96, 96], [3, 4, 91, 97], [1, 256, 8, 9]];

    [TestCaseSource(nameof(s_shapes))]
    public void Equals_libtorch_s_argmax(int[] shape)
    {
        using var scope = NewDisposeScope();
        var scores = randn([.. shape.Select(size => (long)size)], generator: new Generator(3));
        Assert.That(ClassMap.Of(scores), Is.EqualTo(Argmax(scores)));
    }

    [Test]
    public void Equals_libtorch_s_argmax_where_scores_are_equal_NaN_or_infinite()
    {
        using var scope = NewDisposeScope();
        // Few values, so that each pixel has several highest ones.
        float[] values = [-1, -0f, 0, 1, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        var random = new Random(4);
        var scores = tensor([.. Enumerable.Range(0, 2 * 5 * 61 * 67).Select(_ => values[random.Next(values.Length)])], [2, 5, 61, 67]);
        Assert.That(ClassMap.Of(scores), Is.EqualTo(Argmax(scores)));
    }

    [Test]
    public void Takes_scores_that_do_not_lie_in_order_or_are_of_another_type()
    {
        using var scope = NewDisposeScope();
        var scores = randn([2, 33, 35, 6], generator: new Generator(5)).permute(0, 3, 1, 2);
        Assert.Multiple(() =>
        {
            Assert.That(ClassMap.Of(scores), Is.EqualTo(Argmax(scores)));
            Assert.That(ClassMap.Of(scores.to(ScalarType.BFloat16)), Is.EqualTo(Argmax(scores.to(ScalarType.BFloat16))));
        });
    }

    private static byte[] Argmax(Tensor scores) => scores.argmax(1).to(ScalarType.Byte).contiguous().data<byte>().ToArray();
}
