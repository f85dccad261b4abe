using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>The smallest network and data that go through the whole training loop in milliseconds per step.</summary>
internal static class TinyRun
{
    public const int ImageSize = 32;

    public static SamOptions Model { get; } = new()
    {
        ImageSize = ImageSize, PatchSize = 8, EmbedDim = 16, Depth = 2, NumHeads = 2, WindowSize = 3, GlobalAttnIndexes = [1], PromptEmbedDim = 16,
        MaskInChans = 4, DecoderNumHeads = 2, DecoderMlpDim = 32, IouHeadHiddenDim = 16, NumClasses = 2,
    };

    public static PreprocessingOptions Preprocessing { get; } = new() { ImageSize = ImageSize };

    public static TrainingOptions Options { get; } = new() { Epochs = 3, BatchSize = 4, WarmupSteps = 2, LearningRate = 0.01, Workers = 1 };

    public static SamNetwork Network(long seed = 1, bool trainEncoder = true) =>
        SamNetwork.Create(Model, new LoraOptions { Rank = 2, TrainEncoder = trainEncoder }, torch.CPU, seed);

    /// <summary>Slices with a bright disc (class 1) and a dark bar (class 2) at places that depend on the index alone.</summary>
    public static IReadOnlyList<StoredSlice> Slices(int count, string name = "case")
    {
        const int size = 24;
        return [.. Enumerable.Range(0, count).Select(index =>
        {
            var image = new float[size * size];
            var label = new byte[size * size];
            int cx = 7 + (index % 5), cy = 8 + (index % 3);
            for (var y = 0; y < size; y++)
            {
                for (var x = 0; x < size; x++)
                {
                    var disc = ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) <= 25;
                    var bar = y is >= 17 and < 21 && x >= cx - 3 && x < cx + 9;
                    image[(y * size) + x] = disc ? 0.9f : bar ? 0.1f : 0.5f + (0.02f * ((x + (y * 3) + index) % 5));
                    label[(y * size) + x] = disc ? (byte)1 : bar ? (byte)2 : (byte)0;
                }
            }
            return new StoredSlice($"{name}{index / 6}", index % 6, size, size, image, label);
        })];
    }

    /// <summary>Every parameter and buffer, as bytes.</summary>
    public static Dictionary<string, float[]> Weights(SamNetwork network) =>
        network.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().cpu().contiguous().data<float>().ToArray());
}
