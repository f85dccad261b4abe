using System.Globalization;
using SAMed.MLNet.Bench.Reporting;

namespace SAMed.MLNet.Bench.Measuring;

/// <summary>Memory of the first GPU that is in use, by whom ever. libtorch keeps what it once took, so after a step it is the step's peak.</summary>
internal static class GpuMemory
{
    /// <summary>Bytes; 0 where nvidia-smi does not tell.</summary>
    public static double Used() =>
        Machine.Ask("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0") is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var mebibytes)
            ? mebibytes * (1 << 20)
            : 0;
}
