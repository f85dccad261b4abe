using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A tensor to write. It may lie on any device; a GPU tensor is copied when its turn comes.</summary>
/// <param name="Name">Its key in the file.</param>
/// <param name="Tensor">Its values; the file holds them contiguous. The caller keeps it.</param>
/// <param name="IsParameter">Whether Python gets a torch.nn.Parameter.</param>
public sealed record TensorEntry(string Name, Tensor Tensor, bool IsParameter = false);
