using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Products of the matrices of one tile: [all, M, K] and the like, all being its windows times their heads. A tile of one head is large and goes the way of <see cref="Products"/>.</summary>
internal static class TileProducts
{
    /// <summary>a bᵀ: [h, M, K] and [h, N, K] to [h, M, N].</summary>
    public static Tensor TimesTransposed(Tensor a, Tensor b) =>
        IsOne(a) ? Products.TimesTransposed(a.squeeze(0), b.squeeze(0)).unsqueeze(0) : a.bmm(b.transpose(1, 2));

    /// <summary>a b: [h, M, K] and [h, K, N] to [h, M, N].</summary>
    public static Tensor Times(Tensor a, Tensor b) => IsOne(a) ? Products.Times(a.squeeze(0), b.squeeze(0)).unsqueeze(0) : a.bmm(b);

    /// <summary>aᵀ b: [h, M, K] and [h, M, N] to [h, K, N]. Of the two, only the smaller is turned in memory.</summary>
    public static Tensor TransposedTimes(Tensor a, Tensor b) =>
        IsOne(a) && Products.ByConvolution(a, b.shape[2]) ? Products.Times(b.squeeze(0).t().contiguous(), a.squeeze(0)).t().unsqueeze(0) : a.transpose(1, 2).bmm(b);

    private static bool IsOne(Tensor a) => a.shape[0] == 1;
}
