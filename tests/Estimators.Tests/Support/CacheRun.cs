using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests;

/// <summary>Short runs whose first encoder block is frozen, with or without a feature cache.</summary>
internal sealed class CacheRun : IDisposable
{
    public const int SliceCount = 10;

    private readonly TempFolder _folder = new();

    public string Cache => _folder.File("cache");

    /// <summary>Three epochs of ten slices, the last batch of each smaller; two augmentations of a slice.</summary>
    public static TrainingOptions Plain { get; } = TinyRun.Options with { AugmentationSet = 2, Workers = 2 };

    public TrainingOptions Cached => Plain with { FeatureCache = new() { Folder = Cache } };

    /// <summary>The files of features in the cache's folders.</summary>
    public string[] Files => Directory.Exists(Cache) ? [.. Directory.GetFiles(Cache, "*.features", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];

    /// <summary>Losses of every step and the weights that they lead to.</summary>
    public static Outcome Train(TrainingOptions options, Action<RecordingObserver>? watch = null, LoraOptions? lora = null, IReadOnlyList<StoredSlice>? slices = null, long networkSeed = 1)
    {
        using var network = SamNetwork.Create(TinyRun.Model, lora ?? new LoraOptions { Rank = 2, Layers = [1] }, torch.CPU, networkSeed);
        var observer = new RecordingObserver();
        watch?.Invoke(observer);
        new SegmentationTrainer(network, torch.CPU, options, TinyRun.Preprocessing).Train(slices ?? TinyRun.Slices(SliceCount), [], observer);
        return new([.. observer.Reports.Select(report => report.Losses)], TinyRun.Weights(network), observer);
    }

    public void Dispose() => _folder.Dispose();

    public sealed record Outcome(IReadOnlyList<StepLosses> Losses, Dictionary<string, float[]> Weights, RecordingObserver Observer)
    {
        /// <summary>What the run said of its features in the end.</summary>
        public string Result => Observer.Notes[^1];

        public void AssertSameAs(Outcome other)
        {
            Assert.That(Losses, Is.EqualTo(other.Losses));
            Assert.That(Weights, Is.EqualTo(other.Weights));
        }
    }
}
