using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Turns a device's name into a device that exists.</summary>
public static class Devices
{
    /// <summary>The device that <paramref name="spec"/> names: <c>auto</c> (the first CUDA device, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <exception cref="ArgumentException"><paramref name="spec"/> is none of these.</exception>
    /// <exception cref="DeviceNotAvailableException">A CUDA device is asked for and this process has none of that number.</exception>
    /// <exception cref="LibTorchLoadException">libtorch does not load.</exception>
    public static Device Resolve(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var (isCuda, index) = Parse(spec);
        var info = LibTorch.Load();
        if (isCuda is null)
        {
            return info.Devices.Count > 1 ? new Device(DeviceType.CUDA, 0) : new Device(DeviceType.CPU);
        }
        if (isCuda == false)
        {
            return new Device(DeviceType.CPU);
        }
        return info.Devices.Contains($"cuda:{index}") ? new Device(DeviceType.CUDA, index) : throw new DeviceNotAvailableException(
            $"The device '{spec}' was asked for, but this process has {string.Join(", ", info.Devices)} (libtorch {info.Version} in '{info.Folder}'). " +
            (info.Notes.Count > 0 ? string.Join(" ", info.Notes) + " " : "") +
            $"Use 'auto' or 'cpu', or a libtorch with CUDA: build with -p:Torch=cuda, or set {LibTorch.FolderVariable} to the folder of one.");
    }

    private static (bool? IsCuda, int Index) Parse(string spec)
    {
        var name = spec.Trim().ToLowerInvariant();
        return name switch
        {
            "auto" => (null, 0),
            "cpu" => (false, 0),
            "cuda" => (true, 0),
            _ when name.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => (true, index),
            _ => throw new ArgumentException($"The device '{spec}' is not known: expected auto, cpu, cuda or cuda:N.", nameof(spec)),
        };
    }
}
