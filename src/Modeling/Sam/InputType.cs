using SAMed.MLNet.Modeling.Adapters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Layers whose weights are float32, computed in the type of their input. Gradients reach the weights through the cast, so in float32.</summary>
internal static class InputType
{
    /// <summary>The tensor in the type of <paramref name="x"/>; itself when it has that type.</summary>
    public static Tensor As(this Tensor tensor, Tensor x) => tensor.dtype == x.dtype ? tensor : tensor.to_type(x.dtype);

    /// <summary>A linear layer in the type of <paramref name="x"/>.</summary>
    public static Tensor CallAs(this Linear layer, Tensor x) =>
        x.dtype == ScalarType.Float32 ? layer.call(x) : functional.linear(x, layer.weight!.As(x), layer.bias?.As(x));

    /// <summary>A projection that an adapter made, in the type of <paramref name="x"/>. One that this library does not know computes in float32,
    /// as it would without a choice of precision.</summary>
    public static Tensor CallAs(this Module<Tensor, Tensor> projection, Tensor x) => projection switch
    {
        Linear layer => layer.CallAs(x),
        LoraQkv or LoraProjection => projection.call(x),
        _ when x.dtype == ScalarType.Float32 => projection.call(x),
        _ => projection.call(x.to_type(ScalarType.Float32)).As(x),
    };
}
