using System.Globalization;
using Microsoft.ML;
using SAMed.MLNet.Modeling.Runtime;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>The device that an MLContext asks for.</summary>
internal static class MLContextDevice
{
    /// <summary><c>GpuDeviceId</c> N means <c>cuda:N</c>, or with <c>FallbackToCpu</c> the CPU where that GPU is missing; a negative one means the CPU; null means the first GPU, else the CPU.</summary>
    /// <exception cref="InvalidOperationException">The GPU is missing and falling back is not allowed.</exception>
    public static Device Of(MLContext context, ITrainingObserver? observer)
    {
        if (context.GpuDeviceId is not { } id)
        {
            return Devices.Resolve("auto");
        }
        if (id < 0)
        {
            return Devices.Resolve("cpu");
        }
        try
        {
            return Devices.Resolve("cuda:" + id.ToString(CultureInfo.InvariantCulture));
        }
        catch (DeviceNotAvailableException missing) when (context.FallbackToCpu)
        {
            observer?.Warn($"{missing.Message} MLContext.FallbackToCpu allows the CPU, which is used instead.");
            return Devices.Resolve("cpu");
        }
        catch (DeviceNotAvailableException missing)
        {
            throw new InvalidOperationException($"MLContext.GpuDeviceId is {id} and FallbackToCpu is false. {missing.Message}", missing);
        }
    }
}
