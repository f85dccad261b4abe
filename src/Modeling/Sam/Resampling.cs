using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Centre-aligned interpolation of learned tables, worked out in double: places computed in float32 are off enough to show in the sixth digit.</summary>
internal static class Resampling
{
    /// <summary>[B, C, H, W] to [B, C, height, width], dtype kept.</summary>
    public static Tensor Bilinear(Tensor x, long height, long width)
    {
        using var scope = NewDisposeScope();
        long[] size = [height, width];
        return functional.interpolate(x.to_type(ScalarType.Float64), size, mode: InterpolationMode.Bilinear, align_corners: false)
            .to_type(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>[L, C] to [length, C], dtype kept.</summary>
    public static Tensor Linear(Tensor table, long length)
    {
        using var scope = NewDisposeScope();
        var channelsFirst = table.to_type(ScalarType.Float64).t().unsqueeze(0);               // [1, C, L]
        return functional.interpolate(channelsFirst, [length], mode: InterpolationMode.Linear, align_corners: false)
            .squeeze(0).t().to_type(table.dtype).MoveToOuterDisposeScope();
    }
}
