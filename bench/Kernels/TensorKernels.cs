using BenchmarkDotNet.Attributes;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Losses;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Kernels;

/// <summary>Work on tensors: a network of vit_b's width with one windowed and one whole block, products of its shapes, the loss. One image.</summary>
public class TensorKernels
{
    private readonly SamOptions _options = SamOptions.VitB with { Depth = 2, GlobalAttnIndexes = [1], NumClasses = BenchNetwork.Classes };
    private SamNetwork _network = null!;
    private GemmRate _gemm = null!;
    private Tensor _images = null!, _labels = null!, _logits = null!;

    /// <summary>The format.</summary>
    [Params(Precision.Fp32, Precision.Bf16)]
    public Precision Precision { get; set; }

    /// <summary>Makes the network.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var device = Devices.Resolve("cpu");
        _network = SamNetwork.Create(_options, new LoraOptions(), device, 1);
        _network.Precision = Precision;
        _gemm = GemmRate.OfBlock(_options, 1, Precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32, device);
        (_images, _labels) = BenchNetwork.Batch(_options, 1, device);
        _logits = randn(1, BenchNetwork.Classes + 1, _options.LowResSize, _options.LowResSize, requires_grad: true);
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Free()
    {
        _network.Dispose();
        _gemm.Dispose();
        _images.Dispose();
        _labels.Dispose();
        _logits.Dispose();
    }

    /// <summary>Without gradients.</summary>
    [Benchmark(Description = "two blocks and decoder, forward")]
    public void Forward()
    {
        using var mode = inference_mode();
        _network.LowResLogits(_images).Dispose();
    }

    /// <summary>With gradients of what trains.</summary>
    [Benchmark(Description = "two blocks and decoder, forward and backward")]
    public void ForwardAndBackward()
    {
        using var scope = NewDisposeScope();
        _network.LowResLogits(_images).sum().backward();
    }

    /// <summary>The four linear layers of one block.</summary>
    [Benchmark(Description = "products of one block's linear layers")]
    public void Products() => _gemm.Run();

    /// <summary>At the size of low-resolution logits.</summary>
    [Benchmark(Description = "cross entropy and Dice, forward and backward")]
    public void Loss()
    {
        using var scope = NewDisposeScope();
        CrossEntropyDice.Compute(_logits, _labels, 0.8).Total.backward();
    }
}
