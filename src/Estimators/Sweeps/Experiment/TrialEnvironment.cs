using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>An MLContext for one trial. Its draws depend on the trial's seed alone: those of a shared context depend on how many trials came before, and a resumed sweep has fewer.</summary>
internal static class TrialEnvironment
{
    /// <summary>A context with the devices and the listeners of <paramref name="parent"/>.</summary>
    public static MLContext Of(MLContext parent, int seed, IChannel log)
    {
        MLContext context = new(seed) { GpuDeviceId = parent.GpuDeviceId, FallbackToCpu = parent.FallbackToCpu, TempFilePath = parent.TempFilePath };
        context.Log += (_, entry) => Forward(log, entry);
        return context;
    }

    /// <summary>A seed as ML.NET takes it.</summary>
    public static int Seed(long seed) => unchecked((int)(seed ^ (seed >> 32)));

    private static void Forward(IChannel log, LoggingEventArgs entry)
    {
        var text = $"[{entry.Source}] {entry.RawMessage}";
        switch (entry.Kind)
        {
            case ChannelMessageKind.Error:
                log.Error(MessageSensitivity.Unknown, "{0}", text);
                break;
            case ChannelMessageKind.Warning:
                log.Warning(MessageSensitivity.Unknown, "{0}", text);
                break;
            case ChannelMessageKind.Info:
                log.Info(MessageSensitivity.Unknown, "{0}", text);
                break;
            default:
                log.Trace(MessageSensitivity.Unknown, "{0}", text);
                break;
        }
    }
}
