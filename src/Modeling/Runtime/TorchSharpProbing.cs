using System.Reflection;
using TorchSharp;

namespace SAMed.MLNet.Modeling.Runtime;

/// <summary>Keeps TorchSharp from loading a second libtorch beside the user's own.</summary>
/// <remarks>On first use TorchSharp loads <c>torch_cpu</c> by name, which finds the copy beside the program even when another libtorch is in the process
/// already. It has no public switch for that; it looks at two private fields first.</remarks>
internal static class TorchSharpProbing
{
    /// <summary>Tells TorchSharp that its native part is in place, which <see cref="LibTorch"/> has just seen to.</summary>
    /// <exception cref="LibTorchLoadException">This TorchSharp works differently.</exception>
    public static void Skip(bool cudaToo)
    {
        Set("nativeBackendLoaded");
        if (cudaToo)
        {
            Set("nativeBackendCudaLoaded");
        }
    }

    private static void Set(string field)
    {
        var found = typeof(torch).GetField(field, BindingFlags.Static | BindingFlags.NonPublic)
            ?? throw new LibTorchLoadException(
                $"TorchSharp {typeof(torch).Assembly.GetName().Version} has no field '{field}', so a libtorch of one's own cannot be used with it. " +
                $"Unset {LibTorch.FolderVariable}, or use the TorchSharp version that this library was built with.");
        found.SetValue(null, true);
    }
}
