using SAMed.MLNet.Modeling.Runtime;

namespace SAMed.MLNet.Modeling.Tests;

/// <summary>Runs before every test in this namespace and the ones below it.</summary>
[SetUpFixture]
public sealed class LibTorchSetUp
{
    [OneTimeSetUp]
    public void Load_libtorch_before_any_test_touches_TorchSharp() => LibTorch.Load();
}
