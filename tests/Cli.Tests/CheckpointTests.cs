using System.Text.Json;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Tests;

[TestFixture]
public class CheckpointTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    [Category("RealData")]
    public void Inspect_says_what_a_trained_lora_file_is()
    {
        var run = CliRun.Of("checkpoint", "inspect", TestData.Real("weights/samlora/lora_rank4.safetensors"), "--json", _folder.File("i.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("i.json")));
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("rank 4").And.Contain("vit_b").And.Contain("w_a_000").And.Contain("36 more"));
            Assert.That(json.RootElement.GetProperty("rank").GetInt32(), Is.EqualTo(4));
            Assert.That(json.RootElement.GetProperty("container").GetString(), Is.EqualTo("safetensors"));
            Assert.That(json.RootElement.GetProperty("tensors").GetArrayLength(), Is.EqualTo(48));
            Assert.That(json.RootElement.GetProperty("tensors")[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), Is.EqualTo(new long[] { 4, 768 }));
        });
    }

    [Test]
    [Category("RealData")]
    public void All_tensors_are_listed_when_asked_for()
    {
        var run = CliRun.Of("checkpoint", "inspect", TestData.Real("weights/samlora/lora_rank4.safetensors"), "--tensors");
        Assert.That(run.Output, Does.Contain("w_b_023").And.Not.Contain("more;"));
    }

    [TestCase("weights/samlora/lora_rank2.safetensors", "a.pth", "b.safetensors")]
    [TestCase("weights/torch_zip/module_load.pth", "a.safetensors", "b.pth")]
    [TestCase("weights/torch_legacy/lpips_v0.0_alex.pth", "a.safetensors", "b.pth")]
    [Category("RealData")]
    public void Converting_there_and_back_loses_nothing(string source, string there, string back)
    {
        var original = TestData.Real(source);
        Assert.That(CliRun.Of("checkpoint", "convert", original, _folder.File(there)).ExitCode, Is.Zero);
        var run = CliRun.Of("checkpoint", "convert", _folder.File(there), _folder.File(back), "--json", _folder.File("c.json"));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
        Assert.That(TensorsOf(_folder.File(back)), Is.EqualTo(TensorsOf(original)));
        Assert.That(CliRun.Of("checkpoint", "verify", _folder.File(back)).ExitCode, Is.Zero);
    }

    [Test]
    [Category("RealData")]
    public void Verify_finds_a_changed_byte()
    {
        var bytes = File.ReadAllBytes(TestData.Real("weights/torch_zip/textual_inversion.pt"));
        File.WriteAllBytes(_folder.File("good.pt"), bytes);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(_folder.File("bad.pt"), bytes);
        Assert.That(CliRun.Of("checkpoint", "verify", _folder.File("good.pt")).ExitCode, Is.Zero);
        var run = CliRun.Of("checkpoint", "verify", _folder.File("bad.pt"), "--json", _folder.File("v.json"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Output, Does.Contain("error:").And.Contain("damaged"));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("v.json")));
        Assert.That(json.RootElement.GetProperty("isSound").GetBoolean(), Is.False);
    }

    [Test]
    public void Verify_says_each_fault_in_one_line()
    {
        var path = _folder.File("text.pth");
        File.WriteAllText(path, "This is no checkpoint, whatever its name says.");

        var lines = CliRun.Of("checkpoint", "verify", path).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.StartWith("error: ").And.Not.Contain(path));
        Assert.That(lines[1], Does.StartWith(path));
    }

    [TestCase("inspect")]
    [TestCase("verify")]
    public void A_text_file_is_refused_with_its_name(string action)
    {
        File.WriteAllText(_folder.File("text.pth"), "This is no checkpoint, whatever its name says.");
        var run = CliRun.Of("checkpoint", action, _folder.File("text.pth"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Output + run.Error, Does.Contain("text.pth").And.Not.Contain("   at "));
    }

    [TestCase("inspect")]
    [TestCase("verify")]
    [TestCase("convert")]
    public void A_file_that_does_not_exist_is_a_clear_error(string action)
    {
        string[] more = action == "convert" ? [_folder.File("out.pth")] : [];
        var run = CliRun.Of(["checkpoint", action, _folder.File("none.pth"), .. more]);
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("none.pth").And.Contain("does not exist"));
    }

    [Test]
    [Category("RealData")]
    public void An_unknown_extension_is_refused_before_anything_is_written()
    {
        var run = CliRun.Of("checkpoint", "convert", TestData.Real("weights/torch_zip/module_load.pth"), _folder.File("out.onnx"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain(".safetensors"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty);
    }

    [Test]
    [Category("Golden")]
    public void A_LoRA_file_merges_into_its_base_and_comes_out_of_a_whole_state()
    {
        var merged = CliRun.Of("checkpoint", "convert", TestData.Golden("pipeline/lora_trained.pth"), _folder.File("merged.safetensors"), "--merge", "--sam", TestData.Golden("pipeline/base_sam.pth"));
        Assert.That(merged.ExitCode, Is.Zero, merged.ToString());
        Assert.That(merged.Output, Does.Contain("a SAM checkpoint").And.Contain("8 classes").And.Contain("added to 4 weights"));
        var extracted = CliRun.Of("checkpoint", "convert", TestData.Golden("tiny_samed/model_state.pth"), _folder.File("lora.pth"), "--extract-lora", "--json", _folder.File("e.json"));
        Assert.That(extracted.ExitCode, Is.Zero, extracted.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("e.json")));
        Assert.That(json.RootElement.GetProperty("tensors").GetInt32(), Is.EqualTo(File.ReadAllLines(TestData.Golden("tiny_samed/lora_ckpt_keys.txt")).Length));
    }

    [TestCase("inspect", "A", "--json", "A")]
    [TestCase("verify", "A", "--json", "A")]
    [TestCase("convert", "A", "OUT", "--json", "A")]
    [TestCase("convert", "A", "OUT", "--json", "OUT")]
    [TestCase("convert", "A", "LINK")]
    [TestCase("convert", "A", "OUT", "--json", "LINK")]
    [TestCase("convert", "B", "LINK", "--merge", "--sam", "A")]
    [TestCase("convert", "B", "OUT", "--merge", "--sam", "A", "--json", "A")]
    [TestCase("convert", "A", "")]
    [Platform(Exclude = "Win", Reason = "Links need a privilege there.")]
    public void No_result_replaces_an_input_or_another_result(params string[] words)
    {
        var (a, b, link, output) = (_folder.File("a.pth"), _folder.File("b.pth"), _folder.File("link.pth"), _folder.File("out.pth"));
        File.WriteAllText(a, "input");
        File.WriteAllText(b, "input");
        File.CreateSymbolicLink(link, a);

        var run = CliRun.Of(["checkpoint", .. words.Select(word => word switch { "A" => a, "B" => b, "LINK" => link, "OUT" => output, _ => word })]);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.ToString());
        Assert.That(run.Error, Does.Contain("Give another name").Or.Contain("give two names").Or.Contain("give the name").And.Not.Contain("Parameter '"));
        Assert.That(new[] { a, b }.Select(File.ReadAllText), Is.All.EqualTo("input"));
        Assert.That(File.Exists(output), Is.False);
    }

    [TestCase(ExitCodes.Interrupted)]
    [TestCase(ExitCodes.Terminated, "--extract-lora")]
    [Category("Golden")]
    public void A_stopped_conversion_writes_nothing_and_says_so(int exitCode, params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var host = new CliHost { Output = output, Error = error };
        host.Cancel(exitCode);

        var run = CliRun.Of(host, ["checkpoint", "convert", TestData.Golden("tiny_samed/model_state.pth"), _folder.File("out.pth"), .. more]);

        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.ToString());
        Assert.That(run.Error, Does.Contain("stopped"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty);
    }

    [Test]
    [Category("Golden")]
    public void The_name_of_a_method_s_parameter_is_not_told()
    {
        var run = CliRun.Of("checkpoint", "convert", TestData.Golden("pipeline/lora_trained.pth"), _folder.File("out.txt"));
        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("expected .pth, .pt, .bin or .safetensors").And.Not.Contain("(Parameter"));
    }

    [TestCase("--merge")]
    [TestCase("--sam", "base.pth")]
    [TestCase("--merge", "--sam", "base.pth", "--extract-lora")]
    public void Options_of_convert_that_do_not_go_together_are_usage_errors(params string[] more) =>
        Assert.That(CliRun.Of(["checkpoint", "convert", "a.pth", "b.pth", .. more]).ExitCode, Is.EqualTo(2));

    [TestCase("checkpoint")]
    [TestCase("checkpoint", "inspect")]
    [TestCase("checkpoint", "convert", "only-one.pth")]
    public void Missing_arguments_are_usage_errors(params string[] args) => Assert.That(CliRun.Of(args).ExitCode, Is.EqualTo(2));

    private List<string> TensorsOf(string path)
    {
        var json = _folder.File($"{Guid.NewGuid():N}.json");
        Assert.That(CliRun.Of("checkpoint", "inspect", path, "--json", json).ExitCode, Is.Zero);
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        return [.. document.RootElement.GetProperty("tensors").EnumerateArray().Select(tensor => tensor.GetRawText())];
    }
}
