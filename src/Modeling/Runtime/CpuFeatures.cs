using System.Runtime.Intrinsics.X86;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>What the processor offers to libtorch's CPU kernels.</summary>
internal static class CpuFeatures
{
    /// <summary>The kernels that libtorch picks by its own rule, or the ones that <c>ATEN_CPU_CAPABILITY</c> asks for.</summary>
    public static string Capability { get; } =
        Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") is { Length: > 0 } asked ? asked.ToUpperInvariant()
        : Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Fma.IsSupported ? "AVX512"
        : Avx2.IsSupported && Fma.IsSupported ? "AVX2"
        : "DEFAULT";

    /// <summary>Whether bfloat16 products are done in hardware (AVX512-BF16 or AMX-BF16; Intel SDM volume 2, CPUID leaf 7).</summary>
    public static bool HasBf16 { get; } = FindBf16();

    private static bool FindBf16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }
        var features = X86Base.CpuId(7, 0);
        var amx = (features.Edx >> 22 & 1) == 1;
        var avx512 = features.Eax >= 1 && (X86Base.CpuId(7, 1).Eax >> 5 & 1) == 1;
        return amx || avx512;
    }
}
