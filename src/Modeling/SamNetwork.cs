using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling;

/// <summary>SAMed: SAM with an adapter, from images to one mask per organ. State-dict keys start with <c>sam.</c> and are the published code's.</summary>
/// <remarks>Takes [B, 3, h, w] or grey [B, 1, h, w] float32 with h, w up to S = <see cref="SamOptions.ImageSize"/>; smaller images are filled with zeros at
/// the right and bottom. There is no dropout and no batch norm: training and evaluation compute the same. Gradients of gradients are not available.
/// Forward passes may run on several threads at once; training, whose gradients meet in the same parameters, on one. Source: SAMed, sam_lora_image_encoder.py.</remarks>
public sealed class SamNetwork : Module<Tensor, SamOutput>
{
    private readonly SamModel sam;
    private readonly ComputeMode _mode = new();

    private SamNetwork(SamOptions options, ISamAdapter adapter, Device device) : base(nameof(SamNetwork))
    {
        Options = options;
        Adapter = adapter;
        sam = new SamModel(options, adapter, _mode, device);
        RegisterComponents();
        foreach (var layer in modules().OfType<IModeAware>())
        {
            layer.Use(_mode);
        }
    }

    /// <summary>The sizes that the network was made with.</summary>
    public SamOptions Options { get; }

    /// <summary>The adapter that the network was made with.</summary>
    public ISamAdapter Adapter { get; }

    /// <summary>The LoRA options, or those of a network without LoRA when the adapter is of another kind.</summary>
    public LoraOptions Lora => Adapter is LoraAdapter lora ? lora.Options : new LoraOptions { Placement = LoraPlacement.None };

    /// <summary>In which format the transformer layers compute, in forward and backward passes alike. It can be changed between steps and never changes weights,
    /// checkpoints, or the type of outputs and gradients: float32. bf16 is for a network whose weights are float32; a forward pass refuses another. Default <see cref="Precision.Fp32"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public Precision Precision
    {
        get => _mode.Precision;
        set => _mode.Precision = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The precision is Fp32 or Bf16.");
    }

    /// <summary>Whether the encoder's blocks keep only their inputs for the backward pass and are computed again in it: much less memory for up to half more time, and
    /// the same gradients. Without effect where no gradient is asked for. It can be changed between steps. Default false.</summary>
    /// <remarks>An adapter's projection is called twice then and must give the same both times, and gradients of gradients are not available.
    /// A fault in the second computation cannot leave <c>backward()</c>: <see cref="ThrowIfBackwardFailed"/> and the next forward pass throw it.</remarks>
    public bool Checkpointing
    {
        get => _mode.Checkpointing;
        set => _mode.Checkpointing = value;
    }

    /// <summary>The parameters that train, in registration order, as the optimiser gets them. The objects belong to the network.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainableParameters =>
        [.. named_parameters().Where(named => Adapter.Trains(named.name)).Select(named => (named.name, named.parameter))];

    /// <summary>Makes a network with LoRA and random weights. Other arguments as
    /// <see cref="Create(SamOptions, ISamAdapter, Device, long)"/>.</summary>
    public static SamNetwork Create(SamOptions options, LoraOptions lora, Device device, long seed) =>
        Create(options, new LoraAdapter(lora), device, seed);

    /// <summary>Makes a network with random weights: PyTorch's and SAM's own initial distributions, positions zero. The same seed gives the same weights on
    /// every device; libtorch's global randomness is put back afterwards. On the meta device only names and shapes are made.</summary>
    /// <remarks>Get the device from <see cref="Devices.Resolve"/>, which finds and loads libtorch first. A program whose first use of TorchSharp is <c>torch.CPU</c> leaves that to
    /// TorchSharp's own loader, which fails on Debian 12 and Ubuntu 22.04.</remarks>
    /// <exception cref="SamOptionsException">The sizes are not usable.</exception>
    /// <exception cref="AdapterOptionsException">The adapter's options are not usable.</exception>
    /// <exception cref="LibTorchLoadException">libtorch does not load.</exception>
    public static SamNetwork Create(SamOptions options, ISamAdapter adapter, Device device, long seed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(device);
        options.Validate();
        adapter.Validate(options.Depth);
        LibTorch.Load();
        using var seeded = new SeededScope(seed);
        using var scope = NewDisposeScope();
        var network = new SamNetwork(options, adapter, device.type == DeviceType.META ? device : CPU);
        if (device.type is not DeviceType.META and not DeviceType.CPU)
        {
            network.to(device);
        }
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameter.requires_grad = adapter.Trains(name);
        }
        network.OutliveScopes();
        return network;
    }

    /// <summary>Converts weights once for many forward passes: to <see cref="Precision"/>, and with LoRA merged into the projections that it adapts. Until the result is
    /// disposed, the weights that are held must not change and the network must not move; passes see them as they were at the first pass. Several may hold them, from any thread.</summary>
    /// <param name="trained">Whether those that train are held too. Only passes without gradient use them; the others go on computing with the parameters themselves.
    /// A training loop, whose steps change them, says false.</param>
    public IDisposable HoldWeights(bool trained) => _mode.Held.Hold(trained);

    /// <summary>Masks at the image's size, qualities and low-resolution logits. The caller disposes the result.</summary>
    public override SamOutput forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (lowRes, iou) = sam.call(Prepare(images));
        long[] size = [Options.ImageSize, Options.ImageSize];
        var masks = functional.interpolate(lowRes, size, mode: InterpolationMode.Bilinear, align_corners: false);
        return new SamOutput(masks.MoveToOuterDisposeScope(), iou.MoveToOuterDisposeScope(), lowRes.MoveToOuterDisposeScope());
    }

    /// <summary>Only the low-resolution logits [B, C+1, S/4, S/4], which is all that training needs. The caller disposes the result.</summary>
    public Tensor LowResLogits(Tensor images)
    {
        using var scope = NewDisposeScope();
        return sam.call(Prepare(images)).LowResLogits.MoveToOuterDisposeScope();
    }

    /// <summary>How many encoder blocks lie before the first one that trains; 0 where the embedding of patches or positions trains. With LoRA in the layers 6 to 11 of twelve it is 6.
    /// Those blocks run without gradients, keep no activations, and give the same features for the same image as long as nobody changes their weights.</summary>
    public int FrozenBlocks => sam.FrozenBlocks;

    /// <summary>The part of a forward pass that training does not change: from images, as <see cref="forward"/> takes them, to [B, S/P, S/P, D] float32 after the first <see cref="FrozenBlocks"/>
    /// blocks, at the present <see cref="Precision"/>, without gradient. <see cref="LowResLogitsFrom"/> goes on from there. The caller disposes the result.</summary>
    /// <exception cref="InvalidOperationException">There is no frozen block.</exception>
    /// <exception cref="ArgumentException">The images have another shape.</exception>
    public Tensor FrozenFeatures(Tensor images)
    {
        RequireFrozenBlocks();
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return sam.FrozenFeatures(Prepare(images)).MoveToOuterDisposeScope();
    }

    /// <summary>The rest of a forward pass: from the result of <see cref="FrozenFeatures"/>, [B, S/P, S/P, D] float32, to what <see cref="LowResLogits"/> gives for the images,
    /// [B, C+1, S/4, S/4], the same bits and the same gradients of what trains. The caller disposes the result.</summary>
    /// <exception cref="InvalidOperationException">There is no frozen block.</exception>
    /// <exception cref="ArgumentException">The features have another shape.</exception>
    public Tensor LowResLogitsFrom(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        RequireFrozenBlocks();
        RequireReady();
        if (features.shape is not [> 0, var height, var width, var channels] || height != Options.GridSize || width != Options.GridSize || channels != Options.EmbedDim)
        {
            throw new ArgumentException(
                $"The features have shape [{string.Join(", ", features.shape)}], expected [B, {Options.GridSize}, {Options.GridSize}, {Options.EmbedDim}].", nameof(features));
        }
        return sam.LowResLogitsFrom(features);
    }

    private void RequireFrozenBlocks()
    {
        if (FrozenBlocks == 0)
        {
            throw new InvalidOperationException("No encoder block lies before what trains, so no features stay the same: give LoRA to later blocks only (LoraOptions.Layers), and do not train the encoder.");
        }
    }

    /// <summary>Throws what went wrong in the last backward pass, for instance a lack of memory, where <see cref="Checkpointing"/> kept it from being thrown there; its gradients
    /// are incomplete then. Call it after <c>backward()</c>, before the optimiser's step.</summary>
    public void ThrowIfBackwardFailed() => _mode.Pass.ThrowIfFailed();

    private void RequireReady()
    {
        ThrowIfBackwardFailed();
        if (Precision == Precision.Bf16 && sam.WeightType != ScalarType.Float32)
        {
            throw new InvalidOperationException($"The network's weights are {sam.WeightType}; bf16 (Precision) needs Float32. Convert the network with to(ScalarType.Float32), or set its Precision to Fp32, which computes in the weights' own type.");
        }
    }

    /// <summary>[B, 1 or 3, h, w] to [B, 3, S, S]: normalised, then filled with zeros at the right and bottom.</summary>
    private Tensor Prepare(Tensor images)
    {
        RequireReady();
        var size = Options.ImageSize;
        var shape = images.shape;
        if (shape.Length != 4 || shape[1] is not (1 or 3) || shape[2] > size || shape[3] > size || shape.Contains(0))
        {
            throw new ArgumentException(
                $"The images have shape [{string.Join(", ", shape)}], expected [B, 3, h, w] or [B, 1, h, w] with h and w from 1 to {size}.", nameof(images));
        }
        var colour = shape[1] == 3 ? images : images.expand(shape[0], 3, shape[2], shape[3]);
        return functional.pad(Normalize(colour), [0, size - shape[3], 0, size - shape[2]]);
    }

    private Tensor Normalize(Tensor images)
    {
        if (Options.PixelMean.All(mean => mean == 0) && Options.PixelStd.All(std => std == 1))
        {
            return images;
        }
        return (images - Channels(Options.PixelMean, images)) / Channels(Options.PixelStd, images);
    }

    private static Tensor Channels(IEnumerable<double> values, Tensor like) =>
        tensor(values.Select(value => (float)value).ToArray(), dtype: like.dtype, device: like.device).view(1, 3, 1, 1);

    /// <summary>Tensors made inside a dispose scope would die with it.</summary>
    private void OutliveScopes()
    {
        foreach (var tensor in parameters().Concat(buffers()))
        {
            tensor.DetachFromDisposeScope();
        }
    }
}
