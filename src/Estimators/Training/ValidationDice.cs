using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Dice on the validation cases during training: per organ over the whole volume of each case, at the stored resolution.
/// An organ that is in neither prediction nor reference is left out; one that is in only one of them scores 0.</summary>
internal sealed class ValidationDice(IEnumerable<StoredSlice> slices, PreprocessingOptions preprocessing, int classCount, int batchSize)
{
    // Stored slices are windowed and have taken the detour already.
    private readonly SlicePreparation _preparation = new(preprocessing with { WindowMin = null, WindowMax = null, InputSize = null });

    /// <summary>Mean Dice per class id 1..C over the cases (null where no case has the organ), and their mean.</summary>
    public (double Mean, IReadOnlyList<double?> PerClass) Score(SamNetwork network, Device device, CancellationToken cancellationToken)
    {
        Dictionary<string, (long[] Both, long[] Predicted, long[] Reference)> counts = [];
        using var held = network.HoldWeights(trained: true);
        foreach (var batch in slices.Chunk(batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var predicted = Predict(network, device, batch);
            for (var i = 0; i < batch.Length; i++)
            {
                Count(counts, batch[i], predicted.AsSpan(i * preprocessing.ImageSize * preprocessing.ImageSize, preprocessing.ImageSize * preprocessing.ImageSize));
            }
        }
        var perClass = Enumerable.Range(1, classCount).Select(id => MeanOverCases(counts.Values, id)).ToArray();
        return (perClass.Where(dice => dice.HasValue).Select(dice => dice!.Value).DefaultIfEmpty(0).Average(), perClass);
    }

    private static double? MeanOverCases(IEnumerable<(long[] Both, long[] Predicted, long[] Reference)> cases, int id)
    {
        var scores = cases.Where(c => c.Predicted[id] + c.Reference[id] > 0).Select(c => 2.0 * c.Both[id] / (c.Predicted[id] + c.Reference[id])).ToArray();
        return scores.Length == 0 ? null : scores.Average();
    }

    private byte[] Predict(SamNetwork network, Device device, StoredSlice[] batch)
    {
        var size = preprocessing.ImageSize;
        var values = preprocessing.Channels * size * size;
        var images = new float[batch.Length * values];
        Parallel.For(0, batch.Length, i =>
            _preparation.ToNetwork(batch[i].Image, batch[i].Height, batch[i].Width, images.AsSpan(i * values, values)));
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        return ClassMap.Of(network.call(tensor(images, [batch.Length, preprocessing.Channels, size, size]).to(device)).Masks);
    }

    private void Count(Dictionary<string, (long[] Both, long[] Predicted, long[] Reference)> counts, StoredSlice slice, ReadOnlySpan<byte> networkLabels)
    {
        if (!counts.TryGetValue(slice.Case, out var count))
        {
            counts[slice.Case] = count = (new long[256], new long[256], new long[256]);
        }
        var labels = new byte[slice.Label.Length];
        _preparation.FromNetwork(networkLabels, labels, slice.Height, slice.Width);
        for (var i = 0; i < labels.Length; i++)
        {
            count.Predicted[labels[i]]++;
            count.Reference[slice.Label[i]]++;
            if (labels[i] == slice.Label[i])
            {
                count.Both[labels[i]]++;
            }
        }
    }
}
