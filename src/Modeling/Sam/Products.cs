using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Matrix products by the fastest way that libtorch has for them.</summary>
/// <remarks>On a CPU libtorch gives float32 products to MKL, which uses AVX2 only on processors of other makers, and convolutions to oneDNN, which uses AVX-512 on all:
/// a convolution of one pixel is the same product, twice as fast on such a machine and as fast elsewhere. Half-precision products go to oneDNN anyway.</remarks>
internal static class Products
{
    /// <summary>Below this many rows a convolution's own cost outweighs what it saves.</summary>
    private const long FewRows = 64;

    /// <summary>Whether convolutions are the faster way for <paramref name="rows"/> rows like <paramref name="x"/>.</summary>
    public static bool ByConvolution(Tensor x, long rows) => x.dtype == ScalarType.Float32 && x.device_type == DeviceType.CPU && rows >= FewRows;

    /// <summary>x wᵀ (+ bias): [M, K], [N, K] and [N] to [M, N].</summary>
    public static Tensor TimesTransposed(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (!ByConvolution(x, x.shape[0]))
        {
            return functional.linear(x, weight, bias);
        }
        using var scope = NewDisposeScope();
        return Rows(functional.conv2d(Pixels(x), Kernel(weight), bias)).MoveToOuterDisposeScope();
    }

    /// <summary>x w: [M, K] and [K, N] to [M, N].</summary>
    public static Tensor Times(Tensor x, Tensor weight)
    {
        if (!ByConvolution(x, x.shape[0]))
        {
            return x.mm(weight);
        }
        using var scope = NewDisposeScope();
        return Rows(functional.conv_transpose2d(Pixels(x), Kernel(weight))).MoveToOuterDisposeScope();
    }

    /// <summary>[M, K] as the image [1, K, 1, M] that lies in memory channels-last.</summary>
    private static Tensor Pixels(Tensor x) => x.view(1, 1, x.shape[0], x.shape[1]).permute(0, 3, 1, 2);

    private static Tensor Kernel(Tensor weight) => weight.view(weight.shape[0], weight.shape[1], 1, 1);

    private static Tensor Rows(Tensor image)
    {
        var rows = image.permute(0, 2, 3, 1);                                                 // [1, 1, M, N]
        return rows.reshape(rows.shape[2], rows.shape[3]);
    }
}
