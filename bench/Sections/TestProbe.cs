using System.Diagnostics;
using System.Globalization;
using SAMed.MLNet.Bench.Measuring;
using SAMed.MLNet.Bench.Reporting;
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

    /// <summary>write MODEL|everywhere|nothing SLICES PARTS FOLDER, or run DEVICE SLICES PARTS FOLDER, or memory DEVICE FOLDER.</summary>
    public static void Run(string[] words)
    {
        var folder = words[^1];
        switch (words[0])
        {
            case "write":
                Write(words[1], Number(words[2]), Number(words[3]), folder);
                OwnProcess.Answer([]);
                return;
            case "memory":
                Test(words[1], folder, part: 0, Precision.Fp32);
                OwnProcess.Answer(new() { ["peak"] = ProcessMemory.Peak });
                return;
            default:
                Compare(words[1], Number(words[2]), Number(words[3]), folder);
                return;
        }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>A volume as the reference stores its test cases, in parts of equally many slices, and the two files of a model.</summary>
    private static void Write(string model, int slices, int parts, string folder)
    {
        var (hu, labels) = AbdomenPhantom.Create(1, new() { Width = Size, Height = Size, Depth = slices, SpacingXMm = 0.7, SpacingYMm = 0.7, SpacingZMm = 300.0 / slices });
        foreach (ref var voxel in hu.Voxels.AsSpan())
        {
            voxel = (Math.Clamp(voxel, -125, 275) + 125) / 400;
        }
        var grid = Geometry.Unplaced(slices / parts, Size, Size);
        for (var part = 0; part < parts; part++)
        {
            var voxels = (part * grid.VoxelCount)..((part + 1) * grid.VoxelCount);
            VolumeFile.WritePair(VolumeIn(folder, part), new(grid, hu.Voxels[voxels]), new(grid, labels.Voxels[voxels]));
        }
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

    /// <summary>Each part of the volume is tested in turn with as many slices through the network alone, so that a change of the machine's pace falls on both. Every part is a whole
    /// test, from the check of its labels to its written scores: what a test costs once is in the figure once for each part.</summary>
    private static void Compare(string device, int slices, int parts, string folder)
    {
        using var model = SegmentationModel.Load(ModelIn(folder, device, Precision.Bf16));
        using var images = BenchNetwork.Images(model.Network.Options, BatchSize, model.Device);
        // Converted once for all slices, as the test does it.
        using var held = model.Network.HoldWeights(trained: true);
        Forward(model, images);
        List<double> own = [], whole = [], load = [];
        for (var part = 0; part < parts; part++)
        {
            // Which of them comes first changes, so that a machine that gets steadily slower favours neither.
            Action[] both = [() => own.Add(Rounds.Time(() => Alone(model, images, slices / parts))), () => Add(Test(device, folder, part, Precision.Bf16))];
            both[part % 2]();
            both[1 - (part % 2)]();
        }
        var overheads = new Samples(whole.Zip(own, (test, network) => (test - network) / network));
        OwnProcess.Answer(new()
        {
            ["own"] = own.Sum(), ["whole"] = whole.Sum(), ["load"] = new Samples(load).Median, ["overhead"] = overheads.Median, ["least"] = overheads.Min, ["most"] = overheads.Max,
        });

        void Add((double Whole, double Load) test)
        {
            whole.Add(test.Whole - test.Load);
            load.Add(test.Load);
        }
    }

    private static void Alone(SegmentationModel model, Tensor images, int slices)
    {
        for (var first = 0; first < slices; first += BatchSize)
        {
            Forward(model, images);
        }
    }

    private static void Forward(SegmentationModel model, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        model.Network.call(images);
        TorchClock.Wait(model.Device);
    }

    /// <summary>Seconds from nothing to the written scores, and those of them until the model was loaded.</summary>
    private static (double Whole, double Load) Test(string device, string folder, int part, Precision precision)
    {
        var clock = new LoadClock();
        var result = TestProtocol.Execute(new()
        {
            Model = ModelIn(folder, device, precision),
            Cases = [new("case", VolumeIn(folder, part), VolumeIn(folder, part))],
            Output = Path.Combine(folder, "results"),
            Prediction = new() { BatchSize = BatchSize },
        }, clock);
        return (result.Elapsed.TotalSeconds, clock.Load);
    }

    private static SegmentationModelOptions ModelIn(string folder, string device, Precision precision) =>
        new() { LoraFile = LoraIn(folder), SamFile = SamIn(folder), Device = device, Precision = precision };

    private static string VolumeIn(string folder, int part) => Path.Combine(folder, Numbers.Text($"case{part}.npy.h5"));

    private static string SamIn(string folder) => Path.Combine(folder, "sam.pth");

    private static string LoraIn(string folder) => Path.Combine(folder, "lora.pth");

    /// <summary>When the test first tells something of its model, it has been loaded.</summary>
    private sealed class LoadClock : ITestObserver
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan? _loaded;

        public double Load => _loaded!.Value.TotalSeconds;

        public void Note(string text) => _loaded ??= _clock.Elapsed;

        public void Log(string line)
        {
        }

        public void Warn(string text)
        {
        }

        public void Report(TestProgress value)
        {
        }
    }
}
