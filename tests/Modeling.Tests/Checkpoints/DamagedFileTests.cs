using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Modeling.Tests.Checkpoints;

/// <summary>Sound files cut short or changed at random: a clear error or a readable file, never a crash, a hang or a read past the end.</summary>
public sealed class DamagedFileTests
{
    private const int Rounds = 500;

    private static readonly string[] Sources =
    [
        "torch_zip/optim_adam.pth", "torch_zip/module_load.pth", "torch_legacy/lpips_v0.0_alex.pth", "safetensors/sample_overall.safetensors",
    ];

    [TestCaseSource(nameof(Sources))]
    [Category("RealData")]
    public void Every_shorter_file_is_refused(string name)
    {
        using var folder = new TempFolder();
        var bytes = File.ReadAllBytes(TestData.Real($"weights/{name}"));
        for (var length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 300))
        {
            var path = folder.File("cut");
            File.WriteAllBytes(path, bytes[..length]);
            Assert.That(() => TensorFile.Identify(path), Throws.TypeOf<CheckpointFormatException>(), $"{length} of {bytes.Length} bytes");
        }
    }

    [TestCaseSource(nameof(Sources))]
    [Category("RealData")]
    public void Random_damage_ends_in_an_error_or_a_result(string name)
    {
        using var folder = new TempFolder();
        var sound = File.ReadAllBytes(TestData.Real($"weights/{name}"));
        var random = new Random(20240501);
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            var path = folder.File("damaged");
            File.WriteAllBytes(path, bytes);
            refused += CheckpointVerifier.Verify(path).IsSound ? 0 : 1;
        }
        Assert.That(refused, Is.GreaterThan(0));
    }
}
