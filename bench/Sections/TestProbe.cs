using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Modeling.Sam;
using static TorchSharp.torch;

namespace SAMed.MLNet.Bench.Sections;

/// <summary>A process that writes a volume and a model, or tests the one with the other as <c>samed test</c> does.</summary>
internal static class TestProbe
{
    private const int Size = 512, BatchSize = 4;

    // Untrained, it finds every organ everywhere.
    private static readonly SamOptions Tiny = new()
    {
        PatchSize = 32, EmbedDim = 16, Depth = 1, NumHeads = 2, WindowSize = 4, GlobalAttnIndexes = [0], PromptEmbedDim = 16, MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32,
        IouHeadHiddenDim = 16, NumClasses = BenchNetwork.Classes, InputSize = 224,
    };

    /// <summary>write MODEL|everywhere|nothing SLICES FOLDER, or run DEVICE SLICES FOLDER, or memory DEVICE FOLDER.</summary>
    public static void Run(string[] words)
    {
        var folder = words[^1];
        switch (words[0])
        {
            case "write":
                Write(words[1], int.Parse(words[2], CultureInfo.InvariantCulture), folder);
                OwnProcess.Answer([]);
                return;
            case "memory":
                Test(words[1], folder, Precision.Fp32);
                OwnProcess.Answer(new() { ["peak"] = ProcessMemory.Peak });
                return;
            default:
                Compare(words[1], int.Parse(words[2], CultureInfo.InvariantCulture), folder);
                return;
        }
    }

    /// <summary>A volume as the reference stores its test cases, and the two files of a model.</summary>
    private static void Write(string model, int slices, string folder)
    {
        var (hu, labels) = AbdomenPhantom.Create(1, new() { Width = Size, Height = Size, Depth = slices, SpacingXMm = 0.7, SpacingYMm = 0.7, SpacingZMm = 300.0 / slices });
        foreach (ref var voxel in hu.Voxels.AsSpan())
        {
            voxel = (Math.Clamp(voxel, -125, 275) + 125) / 400;
        }
        VolumeFile.WritePair(VolumeIn(folder), hu, labels);
        var device = Devices.Resolve("cpu");
        using var network = model is "everywhere" or "nothing" ? SamNetwork.Create(Tiny, new LoraOptions(), device, seed: 1) : BenchNetwork.Create(model, device);
        if (model == "nothing")
        {
            Silence(network);
        }
        else if (model != "everywhere")
        {
            BenchNetwork.Teach(network, device);
        }
        SamCheckpoint.Save(network, SamIn(folder));
        LoraCheckpoint.Save(network, LoraIn(folder), new() { InputSize = network.Options.InputSize });
    }

    /// <summary>Nothing but background: all logits are zero.</summary>
    private static void Silence(SamNetwork network)
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter) in network.named_parameters().Where(named => named.name.Contains("output_upscaling", StringComparison.Ordinal)))
        {
            parameter.zero_();
        }
    }

    /// <summary>The network's own time is taken before and after the test, so that a change of the machine's pace shows in both.</summary>
    private static void Compare(string device, int slices, string folder)
    {
        // The test loads the model in a process that has done so before: the first load, with everything that the runtime compiles for it, is not what its time holds.
        SegmentationModel.Load(ModelIn(folder, device, Precision.Bf16)).Dispose();
        SegmentationModel? loaded = null;
        var load = Rounds.Time(() => loaded = SegmentationModel.Load(ModelIn(folder, device, Precision.Bf16)));
        using var model = loaded!;
        var batches = (slices + BatchSize - 1) / BatchSize;
        var alone = Math.Max(2, batches / 5);
        using var images = BenchNetwork.Images(model.Network.Options, BatchSize, model.Device);
        // Converted once for all slices, as the test does it.
        using var held = model.Network.HoldWeights(trained: true);
        Forward(model, images);
        List<double> seconds = [.. Enumerable.Range(0, alone).Select(_ => Rounds.Time(() => Forward(model, images)))];
        var whole = Test(device, folder, Precision.Bf16);
        seconds.AddRange(Enumerable.Range(0, alone).Select(_ => Rounds.Time(() => Forward(model, images))));
        OwnProcess.Answer(new() { ["own"] = new Samples(seconds).Median * slices / BatchSize, ["whole"] = whole, ["load"] = load });
    }

    private static void Forward(SegmentationModel model, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        model.Network.call(images);
        TorchClock.Wait(model.Device);
    }

    /// <summary>Seconds from nothing to the written scores.</summary>
    private static double Test(string device, string folder, Precision precision) => TestProtocol.Execute(new()
    {
        Model = ModelIn(folder, device, precision),
        Cases = [new("case", VolumeIn(folder), VolumeIn(folder))],
        Output = Path.Combine(folder, "results"),
        Prediction = new() { BatchSize = BatchSize },
    }).Elapsed.TotalSeconds;

    private static SegmentationModelOptions ModelIn(string folder, string device, Precision precision) =>
        new() { LoraFile = LoraIn(folder), SamFile = SamIn(folder), Device = device, Precision = precision };

    private static string VolumeIn(string folder) => Path.Combine(folder, "case.npy.h5");

    private static string SamIn(string folder) => Path.Combine(folder, "sam.pth");

    private static string LoraIn(string folder) => Path.Combine(folder, "lora.pth");
}
