using System.Buffers.Binary;
using System.Security.Cryptography;
using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Shared;
using SAMed.MLNet.Transforms;
using static TorchSharp.torch;

namespace SAMed.MLNet.Estimators.Training;

/// <summary>Features of the frozen encoder blocks on disk, a file for each augmented slice under the hash of what it was computed from.</summary>
/// <remarks>So nothing has to be invalidated: other weights, data, augmentations or settings have other names. What is missing or damaged is computed again. Any thread may use it.</remarks>
internal sealed class FeatureCache
{
    private const string Extension = ".features";
    private const string AboutName = "features.json";
    private const string OtherFolder = "Give another folder (--cache-features, FeatureCache.Folder), or train without.";

    /// <summary>Writing one takes milliseconds, so what is older belongs to a process that was killed.</summary>
    private static readonly TimeSpan LeftOverAge = TimeSpan.FromMinutes(10);

    private readonly object _lock = new();
    private readonly Queue<(bool Warning, string Text)> _untold = [];
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly long? _maxBytes;
    private readonly ITrainingObserver? _observer;
    private long _bytes;
    private long _read;
    private long _computed;
    private bool _full;
    private bool _damageTold;

    private FeatureCache(FeatureCacheOptions options, string name, long[] shape, ITrainingObserver? observer)
    {
        (_folder, _maxBytes, Shape, _observer) = (Path.Combine(Path.GetFullPath(options.Folder), name), options.MaxBytes, shape, observer);
    }

    /// <summary>[1, S/P, S/P, D].</summary>
    public long[] Shape { get; }

    private int ValueCount => checked((int)Shape.Aggregate((a, b) => a * b));

    /// <summary>Opens the cache that <paramref name="options"/> ask for, and says how much it is going to hold; null when they ask for none.</summary>
    /// <exception cref="ArgumentException">The network has no frozen block, or an adapter that is not LoRA.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static FeatureCache? Open(SamNetwork network, Device device, TrainingOptions options, PreprocessingOptions preprocessing, int slices, ITrainingObserver? observer)
    {
        if (options.FeatureCache is not { } wanted)
        {
            return null;
        }
        Require(network, options);
        var fingerprint = FeatureFingerprint.Of(network, device, options, preprocessing);
        var cache = new FeatureCache(wanted, fingerprint.Name(), [1, network.Options.GridSize, network.Options.GridSize, network.Options.EmbedDim], observer);
        cache.Prepare(fingerprint);
        FeatureCacheSize.Tell(cache._folder, "*" + Extension, options, slices, FeatureFile.BytesOf(cache.ValueCount), cache._bytes, network.FrozenBlocks, observer);
        return cache;
    }

    /// <summary>Before anything is read or written for a run that could not use a cache.</summary>
    /// <exception cref="ArgumentException">The options ask for a cache, and the network has no frozen block, or an adapter whose options nothing can name features after.</exception>
    /// <exception cref="IOException">A file lies where the folder would be.</exception>
    public static void Require(SamNetwork network, TrainingOptions options)
    {
        if (options.FeatureCache is not { } wanted)
        {
            return;
        }
        if (network.Adapter is not LoraAdapter)
        {
            throw new ArgumentException($"Features cannot be cached with the adapter {network.Adapter.GetType().Name}: what it does below the first block that trains may depend on more than its weights, which is all that a cache " +
                "can tell them apart by. Train without FeatureCache, or with LoRA (LoraAdapter).");
        }
        if (network.FrozenBlocks == 0)
        {
            throw new ArgumentException("There are no features to cache, because the encoder trains from its first block on. Give LoRA to later blocks only (--lora-layers 6-11; LoraOptions.Layers), " +
                "and leave the encoder's own weights frozen (--train-encoder false, which is the default with --sam; LoraOptions.TrainEncoder).");
        }
        for (var path = Path.GetFullPath(wanted.Folder); path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
            {
                throw new IOException($"{path} is a file, and the feature cache {wanted.Folder} needs a folder there. {OtherFolder}");
            }
        }
    }

    /// <summary>The place of an augmented slice, with its features where they are there.</summary>
    public FeatureSlot SlotOf(StoredSlice slice, Augmentation augmentation)
    {
        var slot = new FeatureSlot(this, KeyOf(slice, augmentation));
        try
        {
            slot.Values = FeatureFile.Read(PathOf(slot.Key), slot.Key, ValueCount);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            TellOfDamage(fault, slot.Key);
        }
        if (slot.Values is not null)
        {
            Interlocked.Increment(ref _read);
        }
        return slot;
    }

    /// <summary>Keeps features that were computed, if there is room.</summary>
    public void Keep(byte[] key, float[] values)
    {
        Interlocked.Increment(ref _computed);
        var file = new FileInfo(PathOf(key));
        long added;
        lock (_lock)
        {
            // The length is that of what it replaces. Of two slices that are alike one is enough.
            added = FeatureFile.BytesOf(values.Length) - (file.Exists ? file.Length : 0);
            if (_full || _kept.Contains(file.Name) || !HasRoom(added))
            {
                return;
            }
            _kept.Add(file.Name);
            _bytes += added;
        }
        try
        {
            FeatureFile.Write(file.FullName, key, values);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            lock (_lock)
            {
                _bytes -= added;
                Stop($"no more features are cached in this run, the others are computed in every epoch: {fault.Message}");
            }
        }
    }

    /// <summary>Tells the observer what has come up on other threads; called by the one that trains.</summary>
    public void TellNews()
    {
        lock (_lock)
        {
            while (_untold.TryDequeue(out var news))
            {
                if (news.Warning)
                {
                    _observer?.Warn(news.Text);
                }
                else
                {
                    _observer?.Note(news.Text);
                }
            }
        }
    }

    /// <summary>Tells the observer how it went.</summary>
    public void TellResult()
    {
        TellNews();
        _observer?.Note(FormattableString.Invariant($"Feature cache: the features of {Interlocked.Read(ref _read)} training images were read, those of {Interlocked.Read(ref _computed)} computed"));
    }

    private static byte[] KeyOf(StoredSlice slice, Augmentation augmentation)
    {
        Span<byte> text = stackalloc byte[32 + 16];
        SliceIdentity.Of(slice).CopyTo(text);
        int[] drawn = [(int)augmentation.Kind, augmentation.QuarterTurns, augmentation.FlipAxis, augmentation.AngleDegrees];
        for (var i = 0; i < drawn.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(text[(32 + (4 * i))..], drawn[i]);
        }
        return SHA256.HashData(text);
    }

    private string PathOf(byte[] key) => Path.Combine(_folder, Convert.ToHexString(key).ToLowerInvariant() + Extension);

    private void Prepare(FeatureFingerprint fingerprint)
    {
        try
        {
            Directory.CreateDirectory(_folder);
            if (!File.Exists(Path.Combine(_folder, AboutName)))
            {
                AtomicFile.WriteText(Path.Combine(_folder, AboutName), fingerprint.ToJson());
            }
            foreach (var leftOver in new DirectoryInfo(_folder).EnumerateFiles(".*.part").Where(file => DateTime.UtcNow - file.LastWriteTimeUtc > LeftOverAge))
            {
                leftOver.Delete();
            }
            _bytes = new DirectoryInfo(_folder).EnumerateFiles("*" + Extension).Sum(file => file.Length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{_folder} cannot hold the feature cache ({fault.Message}). {OtherFolder}", fault);
        }
    }

    private bool HasRoom(long more)
    {
        if (_maxBytes is { } most && more > 0 && _bytes + more > most)
        {
            _full = true;
            _untold.Enqueue((false, "Feature cache: its limit is reached; features beyond it are computed in every epoch"));
            return false;
        }
        return true;
    }

    private void Stop(string warning)
    {
        if (!_full)
        {
            _full = true;
            _untold.Enqueue((true, warning));
        }
    }

    private void TellOfDamage(Exception fault, byte[] key)
    {
        lock (_lock)
        {
            _kept.Remove(Path.GetFileName(PathOf(key)));
            if (!_damageTold)
            {
                _damageTold = true;
                _untold.Enqueue((true, $"features in the cache cannot be used and are computed again: {fault.Message}"));
            }
        }
    }
}
