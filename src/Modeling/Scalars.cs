using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling;

/// <summary>Arithmetic with numbers that live as long as libtorch reads them.</summary>
/// <remarks>TorchSharp's operators convert a number, and the factor 1 of every <c>a + b</c>, to a <see cref="Scalar"/> that nothing holds during the native call. A garbage collection on another thread
/// can finalise it meanwhile, and libtorch then reads freed memory: "Unknown scalar type", or a wrong number, once in many thousand steps of a busy process.</remarks>
internal static class Scalars
{
    private static readonly Scalar s_one = 1;
    private static readonly Scalar s_minusOne = -1;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, s_one);

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, double y)
    {
        using Scalar kept = y;
        return x.add(kept, s_one);
    }

    /// <summary>x · y.</summary>
    public static Tensor Times(this Tensor x, double y)
    {
        using Scalar kept = y;
        return x.mul(kept);
    }

    /// <summary>y - x.</summary>
    public static Tensor From(this Tensor x, double y) => x.mul(s_minusOne).Plus(y);

    /// <summary>x to the power of y.</summary>
    public static Tensor ToThe(this Tensor x, double y)
    {
        using Scalar kept = y;
        return x.pow(kept);
    }
}
