using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Layers whose weights are float32, computed in the type of their input. Gradients reach the weights through the cast, so in float32.</summary>
internal static class InputType
{
    /// <summary>The tensor in the type of <paramref name="x"/>; itself when it has that type.</summary>
    public static Tensor As(this Tensor tensor, Tensor x) => tensor.dtype == x.dtype ? tensor : tensor.to_type(x.dtype);

    /// <summary>A linear layer in the type of <paramref name="x"/>: [..., K] to [..., N].</summary>
    public static Tensor CallAs(this Linear layer, Tensor x, ComputeMode mode, (Tensor Low, Tensor Up)? update = null) =>
        Linear(x, mode.Converted(layer.weight!, x), layer.bias is { } bias ? mode.Converted(bias, x) : null, mode, update);

    /// <summary>A projection that an adapter made, in the type of <paramref name="x"/>. One that this library does not know computes in float32,
    /// as it would without a choice of precision.</summary>
    public static Tensor CallAs(this Module<Tensor, Tensor> projection, Tensor x, ComputeMode mode) => projection switch
    {
        // A subclass may compute something else.
        Linear layer when layer.GetType() == typeof(Linear) => layer.CallAs(x, mode),
        LoraQkv or LoraProjection => projection.call(x),
        _ when x.dtype == ScalarType.Float32 => projection.call(x),
        _ => projection.call(x.to_type(ScalarType.Float32)).As(x),
    };

    /// <summary>x wᵀ + bias (+ low upᵀ, an update of low rank): [..., K] to [..., N], all of one type.</summary>
    /// <param name="x">[..., K].</param>
    /// <param name="weight">[N, K].</param>
    /// <param name="bias">[N] or none.</param>
    /// <param name="mode">How it computes.</param>
    /// <param name="update">[M, r] for the M rows of <paramref name="x"/>, and [N, r]; or none.</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias, ComputeMode mode, (Tensor Low, Tensor Up)? update = null)
    {
        using var scope = NewDisposeScope();
        var rows = x.reshape(-1, x.shape[^1]);
        var isFrozen = is_grad_enabled() && !weight.requires_grad && bias is not { requires_grad: true } && (rows.requires_grad || update is not null);
        Tensor result;
        if (isFrozen && IsWorthwhile(rows, update is not null))
        {
            result = FrozenLinear.Run(rows, weight, bias, update, mode.Pass);
        }
        else
        {
            var product = Products.TimesTransposed(rows, weight, bias);
            // A sum in place of a convolution's result would be one in place of a view.
            result = update is not { } low ? product : addmm(product, low.Low, low.Up.t(), 1, 1);
        }
        long[] shape = [.. x.shape[..^1], weight.shape[0]];
        return result.view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="FrozenLinear"/> is faster than libtorch's own layer: where products are convolutions, and where an update is then added in place.</summary>
    private static bool IsWorthwhile(Tensor rows, bool isUpdated) =>
        Products.ByConvolution(rows, rows.shape[0]) || (isUpdated && rows.dtype == ScalarType.BFloat16 && rows.device_type == DeviceType.CPU);

    /// <summary>A weight in the type of <paramref name="x"/>: a held one where there is one, else converted now.</summary>
    internal static Tensor Converted(this ComputeMode mode, Tensor weight, Tensor x)
    {
        if (weight.dtype == x.dtype)
        {
            return weight;
        }
        var trains = weight.requires_grad;
        return mode.Held.Holds(trains) && !(trains && is_grad_enabled()) ? mode.Held.Get(weight, x.dtype, trains, () => weight.to_type(x.dtype)) : weight.to_type(x.dtype);
    }
}
