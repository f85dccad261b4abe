using System.Runtime.InteropServices;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>What a lack of memory looks like, and what is done about it.</summary>
internal static class MemoryShortage
{
    // Of libtorch's allocators for the CPU and for NVIDIA, of cuBLAS and cuDNN, and of C++ itself.
    private static readonly string[] s_words = ["out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED", "std::bad_alloc"];

    /// <summary>Whether <paramref name="fault"/>, or what it wraps, is one.</summary>
    public static bool Is(Exception fault) => fault switch
    {
        OutOfMemoryException => true,
        AggregateException several => several.InnerExceptions.Any(Is),
        ExternalException when s_words.Any(word => fault.Message.Contains(word, StringComparison.OrdinalIgnoreCase)) => true,
        _ => fault.InnerException is { } inner && Is(inner),
    };

    /// <summary>The sentence of libtorch that says it, without its stack.</summary>
    public static string Describe(Exception fault)
    {
        var inner = fault;
        while (inner is not (OutOfMemoryException or ExternalException) && inner.InnerException is { } next)
        {
            inner = next;
        }
        return inner.Message.Split('\n')[0].Trim();
    }

    /// <summary>Half the batch, at least 1, and twice the passes per optimiser step.</summary>
    public static TrainingOptions Halve(TrainingOptions options) => options with { BatchSize = Math.Max(1, options.BatchSize / 2), AccumulationSteps = 2 * options.AccumulationSteps };

    /// <summary>Whether that makes the batch smaller and leaves a slice for each device.</summary>
    public static bool CanHalve(TrainingOptions options) => options.BatchSize / 2 >= Math.Max(1, options.Devices?.Count ?? 1);
}
