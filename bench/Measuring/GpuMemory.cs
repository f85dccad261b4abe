using System.Globalization;
using SAMed.MLNet.Bench.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Memory of a GPU that is in use, by whom ever. libtorch keeps what it once took, so after a step it is the step's peak.</summary>
internal static class GpuMemory
{
    private const string Visible = "CUDA_VISIBLE_DEVICES";

    /// <summary>Bytes; 0 where nvidia-smi does not tell, and for the CPU.</summary>
    public static double Used(Device device) =>
        device.type == DeviceType.CUDA
        && Machine.Ask("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", $"--id={IdOf(device.index, Environment.GetEnvironmentVariable(Visible))}") is { } text
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var mebibytes)
            ? mebibytes * (1 << 20)
            : 0;

    /// <summary>What nvidia-smi calls the GPU that CUDA gives the number <paramref name="ordinal"/>: the one of that place in <paramref name="visible"/>, where that names GPUs.</summary>
    internal static string IdOf(int ordinal, string? visible)
    {
        var named = (visible ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var number = Math.Max(0, ordinal);
        return number < named.Length ? named[number] : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether libtorch's message says that there is not enough memory, in its own words, CUDA's or those of a library of CUDA.</summary>
    internal static bool IsLackOf(string message) =>
        message.Contains("memory", StringComparison.OrdinalIgnoreCase) || message.Contains("ALLOC_FAILED", StringComparison.OrdinalIgnoreCase);
}
