namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>What <see cref="LibTorch.Load"/> found: the native library in use and what this machine can do with it.</summary>
/// <param name="Version">The version that the loaded libtorch reports, as <c>2.10.0</c>.</param>
/// <param name="Folder">The folder that libtorch was loaded from.</param>
/// <param name="BindingFile">The file of TorchSharp's native binding (<c>libLibTorchSharp</c>) that is in the process.</param>
/// <param name="HowLoaded">One line: shipped or own libtorch, the binding as shipped or its compatible copy.</param>
/// <param name="Devices">Usable devices, as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Threads">Threads that one operator may use on the CPU.</param>
/// <param name="CpuCapability">The CPU kernels that libtorch picks: <c>AVX512</c>, <c>AVX2</c> or <c>DEFAULT</c>.</param>
/// <param name="SupportsBf16">Whether the processor multiplies bfloat16 in hardware; without it bfloat16 works on the CPU, slowly.</param>
/// <param name="Notes">What is missing or odd and how to mend it; empty when nothing is.</param>
public sealed record LibTorchInfo(
    string Version,
    string Folder,
    string BindingFile,
    string HowLoaded,
    IReadOnlyList<string> Devices,
    int Threads,
    string CpuCapability,
    bool SupportsBf16,
    IReadOnlyList<string> Notes);
