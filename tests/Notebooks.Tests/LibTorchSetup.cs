using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Notebooks.Tests;

/// <summary>Loads libtorch before any cell needs it.</summary>
[SetUpFixture]
public sealed class LibTorchSetup
{
    [OneTimeSetUp]
    public void Load()
    {
        LibTorch.Load();
        // The networks of the notebooks are so small that threads only wait for each other, and other test assemblies run at the same time.
        TorchSharp.torch.set_num_threads(1);
    }
}
