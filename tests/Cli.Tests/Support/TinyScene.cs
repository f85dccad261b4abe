using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;

namespace SAMed.MLNet.Cli.Tests.Support;

/// <summary>A folder with a few small phantoms, a small model and a base for it: what <c>train</c> and <c>predict</c> need to run in a second.</summary>
internal sealed class TinyScene : IDisposable
{
    private static readonly PhantomOptions s_small = new() { Width = 40, Height = 36, Depth = 8 };
    private readonly TempFolder _folder = new();

    public TinyScene(int cases = 3)
    {
        for (var seed = 1; seed <= cases; seed++)
        {
            Write($"data/images/p{seed}.nii.gz", $"data/labels/p{seed}.nii.gz", seed);
        }
        Write("test/images/new.nii.gz", "test/labels/new.nii.gz", seed: 50);
        Options.ToJsonFile(Model);
        SaveBase("base.pth", seed: 5);
    }

    public static SamOptions Options { get; } = new()
    {
        ImageSize = 32, PatchSize = 8, EmbedDim = 16, Depth = 2, NumHeads = 2, WindowSize = 3, GlobalAttnIndexes = [1], PromptEmbedDim = 16,
        MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 8,
    };

    public string Folder => _folder.Path;

    public string Data => File("data");

    public string Model => File("model.json");

    public string Sam => File("base.pth");

    public string NewImage => File("test/images/new.nii.gz");

    public string NewLabels => File("test/labels/new.nii.gz");

    public string File(string name) => _folder.File(name);

    /// <summary>The arguments of a training run of a few steps into <paramref name="output"/>; <paramref name="more"/> replaces and adds.</summary>
    public string[] Train(string output, params string[] more)
    {
        (string Option, string Value)[] defaults =
        [
            ("--data", Data), ("--model", Model), ("--sam", Sam), ("--output", File(output)), ("--rank", "2"), ("--epochs", "2"), ("--batch-size", "4"), ("--warmup", "2"),
            ("--lr", "0.01"), ("--device", "cpu"),
        ];
        return ["train", .. defaults.Where(pair => !more.Contains(pair.Option)).SelectMany(pair => new[] { pair.Option, pair.Value }), .. more];
    }

    /// <summary>The arguments that predict <see cref="NewImage"/> into <paramref name="output"/>.</summary>
    public string[] Predict(string run, string output, params string[] more) =>
        ["predict", "--input", NewImage, "--sam", Sam, "--lora", File($"{run}/best.pth"), "--output", File(output), "--device", "cpu", .. more];

    /// <summary>Trains into <paramref name="output"/> and expects success.</summary>
    public void MustTrain(string output, params string[] more)
    {
        var run = CliRun.Of(Train(output, more));
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }

    /// <summary>Runs in this process and stops, as a signal would, once standard error shows <paramref name="text"/>.</summary>
    public static CliRun StopAt(string text, params string[] args)
    {
        CliHost? host = null;
        using var error = new WatchedWriter(text, () => host!.Cancel(ExitCodes.Interrupted));
        using var output = new StringWriter();
        using var made = host = new CliHost { Output = output, Error = error };
        return CliRun.Of(made, args);
    }

    public string SaveBase(string name, long seed)
    {
        using var network = SamNetwork.Create(Options, new LoraOptions { Placement = LoraPlacement.None }, torch.CPU, seed);
        SamCheckpoint.Save(network, File(name));
        return File(name);
    }

    public void Write(string image, string labels, int seed)
    {
        var (hu, ids) = AbdomenPhantom.Create(seed, s_small);
        VolumeFile.Write(File(image), hu, ImageStorage.Int16);
        VolumeFile.Write(File(labels), ids);
    }

    /// <summary>Every file below <paramref name="folder"/> with its content.</summary>
    public Dictionary<string, byte[]> Files(string folder) =>
        Directory.EnumerateFiles(File(folder), "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(File(folder), path), System.IO.File.ReadAllBytes);

    public void Dispose() => _folder.Dispose();

    private sealed class WatchedWriter(string text, Action found) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                found();
            }
        }
    }
}
