using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>Loads libtorch before any test touches TorchSharp.</summary>
[SetUpFixture]
public sealed class LibTorchSetup
{
    [OneTimeSetUp]
    public void Load()
    {
        LibTorch.Load();
        // The networks here are so small that threads only wait for each other, and other test assemblies run at the same time.
        TorchSharp.torch.set_num_threads(1);
    }
}
