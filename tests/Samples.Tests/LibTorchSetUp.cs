using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Samples.Tests;

/// <summary>One thread per test process: the networks here are tiny, and other test assemblies run at the same time.</summary>
[SetUpFixture]
public sealed class LibTorchSetUp
{
    [OneTimeSetUp]
    public void Load()
    {
        LibTorch.Load();
        TorchSharp.torch.set_num_threads(1);
    }
}
