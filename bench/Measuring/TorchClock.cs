using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>A GPU works on after a call has come back: a time counts when the device is done.</summary>
internal static class TorchClock
{
    /// <summary>Waits until <paramref name="device"/> has nothing left to do.</summary>
    public static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
