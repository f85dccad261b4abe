using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Samples.Tests.Support;
using TorchSharp;

namespace SAMed.MLNet.Samples.Tests;

/// <summary>A method of fine-tuning that lives outside of the library's assemblies.</summary>
public sealed class AddAdapterTests
{
    private readonly TempFolder _folder = new();
    private string _output = "";

    [OneTimeSetUp]
    public void Run() => _output = SampleProgram.MustRun("AddAdapter", _folder.Path);

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void An_adapter_of_ones_own_is_trained_saved_and_loaded()
    {
        Assert.That(_output, Does.Contain("576 of them scales and shifts").And.Contain("trained 144 steps").And.Contain("largest difference of the logits 0,"));
        var losses = _output.Split('\n').Where(line => line.StartsWith("step", StringComparison.Ordinal)).Select(Loss).AtLeastOne();
        Assert.That(losses[^1], Is.LessThan(0.8 * losses[0]), _output);
    }

    [Test]
    public void Its_file_holds_what_trained_and_the_base_has_SAMs_own_names()
    {
        using var adapter = TensorFile.Read(_folder.File("scale-shift.safetensors"));
        var start = TensorFile.Identify(_folder.File("base.safetensors"));

        var added = adapter.Names.Where(name => name.Contains("image_encoder", StringComparison.Ordinal)).AtLeastOne();
        Assert.That(added, Is.EquivalentTo(
            from block in Enumerable.Range(0, 3)
            from name in new[] { "scale_q", "shift_q", "scale_v", "shift_v" }
            select $"sam.image_encoder.blocks.{block}.attn.qkv.{name}"));
        Assert.That(added.Select(name => (adapter[name] - (name.Contains("scale", StringComparison.Ordinal) ? 1 : 0)).abs().max().ToDouble()), Has.All.GreaterThan(1e-4));
        Assert.That(start.Tensors.Select(tensor => tensor.Name), Has.Some.EqualTo("image_encoder.blocks.0.attn.qkv.weight").And.None.Contains("scale_"));
    }

    private static double Loss(string line) =>
        double.Parse(line.Split("loss ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
}
