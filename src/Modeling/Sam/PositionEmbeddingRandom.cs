using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Modeling.Sam;

/// <summary>Positions as sines and cosines of random projections. SAM, modeling/prompt_encoder.py, after Tancik et al. (2020).</summary>
internal sealed class PositionEmbeddingRandom : Module
{
    // A buffer: stored in checkpoints, never trained.
    private readonly Tensor positional_encoding_gaussian_matrix;

    public PositionEmbeddingRandom(int features, Device device) : base(nameof(PositionEmbeddingRandom))
    {
        positional_encoding_gaussian_matrix = randn(2, features, device: device);
        RegisterComponents();
    }

    /// <summary>The embedding of every cell's centre in a square grid: [1, 2*features, size, size].</summary>
    public Tensor Dense(int size)
    {
        using var scope = NewDisposeScope();
        var matrix = positional_encoding_gaussian_matrix;
        var centre = (arange(size, dtype: matrix.dtype, device: matrix.device) + 0.5) / size * 2 - 1;
        var x = centre.unsqueeze(0).expand(size, size);
        var y = centre.unsqueeze(1).expand(size, size);
        var angle = stack([x, y], -1).matmul(matrix) * (2 * Math.PI);                         // [size, size, features]
        return cat([angle.sin(), angle.cos()], -1).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
