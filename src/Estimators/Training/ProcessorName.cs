using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>What the processor calls itself. Two of the same instruction set may still be given different kernels by the maths libraries.</summary>
internal static class ProcessorName
{
    private const int FirstLeaf = unchecked((int)0x80000002);

    /// <summary>The brand string of an x86 processor (Intel SDM volume 2, CPUID), else the architecture.</summary>
    public static string Text { get; } = Read();

    private static string Read()
    {
        if (!X86Base.IsSupported || unchecked((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax) < 0x80000004)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
        Span<int> words = stackalloc int[12];
        for (var leaf = 0; leaf < 3; leaf++)
        {
            (words[4 * leaf], words[(4 * leaf) + 1], words[(4 * leaf) + 2], words[(4 * leaf) + 3]) = X86Base.CpuId(FirstLeaf + leaf, 0);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Replace("\0", "", StringComparison.Ordinal).Trim();
    }
}
