using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Cli.Output;

/// <summary>Words for checkpoint files.</summary>
internal static class CheckpointText
{
    public static string Container(CheckpointContainer container) => container switch
    {
        CheckpointContainer.TorchZip => "torch zip archive",
        CheckpointContainer.TorchLegacy => "legacy torch file",
        CheckpointContainer.Safetensors => "safetensors",
        _ => container.ToString(),
    };

    public static string Tensors(TensorFileInfo info) => string.Create(CultureInfo.InvariantCulture,
        $"{info.Tensors.Count} {(info.Tensors.Count == 1 ? "tensor" : "tensors")}, {info.Tensors.Sum(tensor => tensor.Count):#,0} numbers");

    public static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes:#,0} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):#,0.0} MiB");

    /// <exception cref="CommandFailedException">No such file, or a folder.</exception>
    public static void RequireFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandFailedException(Directory.Exists(path) ? $"'{path}' is a folder, expected a checkpoint file." : $"The checkpoint file '{path}' does not exist.");
        }
    }
}
