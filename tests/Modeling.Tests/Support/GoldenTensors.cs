using SAMed.MLNet.Imaging.Numpy;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>NumPy arrays as tensors, and comparisons with them.</summary>
internal static class GoldenTensors
{
    public static Tensor ToTensor(this NpyArray array)
    {
        var shape = array.Shape.Select(length => (long)length).ToArray();
        return array.ElementType == typeof(long) || array.ElementType == typeof(int) || array.ElementType == typeof(byte)
            ? tensor(array.ToInt64(), shape)
            : array.ElementType == typeof(double) ? tensor(array.ToDouble(), shape) : tensor(array.ToSingle(), shape);
    }

    /// <summary>Largest absolute difference; shapes must be equal.</summary>
    public static double MaxDifference(Tensor actual, NpyArray expected, string name)
    {
        using var scope = NewDisposeScope();
        return MaxDifference(actual, expected.ToTensor(), name);
    }

    /// <summary>Largest absolute difference; shapes must be equal.</summary>
    public static double MaxDifference(Tensor actual, Tensor expected, string name)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape), $"shape of {name}");
        if (expected.numel() == 0)
        {
            return 0;
        }
        using var scope = NewDisposeScope();
        return (actual.detach().to_type(ScalarType.Float64) - expected.to_type(ScalarType.Float64)).abs().max().item<double>();
    }

    public static void AssertClose(Tensor actual, NpyArray expected, double tolerance, string name) =>
        Assert.That(MaxDifference(actual, expected, name), Is.LessThanOrEqualTo(tolerance), name);

    public static void AssertClose(Tensor actual, Tensor expected, double tolerance, string name) =>
        Assert.That(MaxDifference(actual, expected, name), Is.LessThanOrEqualTo(tolerance), name);
}
