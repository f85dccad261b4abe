using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>Runs before every test in this namespace and the ones below it.</summary>
[SetUpFixture]
public sealed class LibTorchSetUp
{
    [OneTimeSetUp]
    public void Load_libtorch_before_any_test_touches_TorchSharp()
    {
        LibTorch.Load();
        // The networks here are so small that threads only wait for each other, and other test assemblies run at the same time.
        TorchSharp.torch.set_num_threads(1);
    }
}
