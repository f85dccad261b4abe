using SAMed.MLNet.Modeling.Runtime;
using TorchSharp;

namespace SAMed.MLNet.Modeling.Tests.Runtime;

public sealed class DevicesTests
{
    [TestCase("cpu")]
    [TestCase(" CPU ")]
    public void Resolves_the_cpu(string spec) => Assert.That(Devices.Resolve(spec).type, Is.EqualTo(DeviceType.CPU));

    [Test]
    public void Auto_takes_cuda_when_there_is_one()
    {
        var expected = LibTorch.Load().Devices.Count > 1 ? DeviceType.CUDA : DeviceType.CPU;

        Assert.That(Devices.Resolve("auto").type, Is.EqualTo(expected));
    }

    [Test]
    public void A_cuda_device_that_is_absent_is_a_clear_error()
    {
        var error = Assert.Throws<DeviceNotAvailableException>(() => Devices.Resolve("cuda:63"));

        Assert.That(error!.Message, Does.Contain("cuda:63").And.Contain("cpu").And.Contain(LibTorch.FolderVariable));
    }

    [TestCase("")]
    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:x")]
    public void Anything_else_is_refused(string spec) => Assert.That(() => Devices.Resolve(spec), Throws.ArgumentException.With.Message.Contains("cuda:N"));
}
