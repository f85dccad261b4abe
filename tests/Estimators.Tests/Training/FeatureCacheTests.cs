using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SAMed.MLNet.Estimators.Tests.Training;

/// <summary>Features that are computed once give the same losses and weights, bit for bit, as those that are computed in every epoch.</summary>
public sealed class FeatureCacheTests
{
    private const int Images = 2 * CacheRun.SliceCount;

    private CacheRun _run = null!;

    [SetUp]
    public void SetUp() => _run = new CacheRun();

    [TearDown]
    public void TearDown() => _run.Dispose();

    [Test]
    public void Losses_and_weights_are_those_without_a_cache([Values] Precision precision, [Values] bool augment, [Values] bool checkpointing)
    {
        var plain = CacheRun.Plain with { Precision = precision, Augment = augment, AugmentationSet = augment ? 2 : null, Checkpointing = checkpointing, AccumulationSteps = 2 };
        var expected = CacheRun.Train(plain);
        var options = plain with { FeatureCache = new() { Folder = _run.Cache } };
        var first = CacheRun.Train(options);
        var second = CacheRun.Train(options with { Workers = 1 });

        Assert.That(expected.Losses.Distinct().Count(), Is.EqualTo(expected.Losses.Count), "a run that stands still proves little");
        first.AssertSameAs(expected);
        second.AssertSameAs(expected);
    }

    [Test]
    public void Several_devices_share_a_cache()
    {
        var devices = CacheRun.Plain with { Devices = ["cpu", "cpu"] };
        var expected = CacheRun.Train(devices);
        var first = CacheRun.Train(devices with { FeatureCache = _run.Cached.FeatureCache });
        var second = CacheRun.Train(devices with { FeatureCache = _run.Cached.FeatureCache });

        first.AssertSameAs(expected);
        second.AssertSameAs(expected);
        Assert.That(second.Result, Does.Contain("those of 0 computed"));
    }

    [Test]
    public void Every_image_is_computed_once_and_read_ever_after()
    {
        var first = CacheRun.Train(_run.Cached);
        var second = CacheRun.Train(_run.Cached);

        // Two of three epochs bring new images; augmentations that were drawn alike are one.
        Assert.That(_run.Files, Has.Length.InRange(CacheRun.SliceCount + 1, Images));
        Assert.That(first.Result, Does.Contain("those of").And.EndWith("computed"));
        Assert.That(second.Result, Does.Contain($"the features of {3 * CacheRun.SliceCount} training images were read, those of 0 computed"));
    }

    [Test]
    public void The_size_is_told_before_anything_is_computed()
    {
        string[] before = [];
        var run = CacheRun.Train(_run.Cached, observer => observer.Progressed = _ => before = before.Length == 0 ? [.. observer.Notes] : before);

        // 4 × 4 × 16 values of 4 bytes and a head of 64.
        Assert.That(before, Has.Some.Contains("first 1 encoder blocks").And.Some.Contains($"at most {Images} images ({CacheRun.SliceCount} slices, 2 augmentations), 1.1 KiB each, 21.3 KiB in all")
            .And.Some.Contains("0 of them (0.0 KiB) are there").And.Some.Contains("free on the disk"));
        Assert.That(run.Observer.Warnings, Is.Empty);
    }

    [Test]
    public void Seeds_share_features_where_nothing_is_augmented()
    {
        var options = _run.Cached with { Augment = false, AugmentationSet = null };
        CacheRun.Train(options);
        var other = CacheRun.Train(options with { Seed = 77 });

        Assert.That(_run.Files, Has.Length.EqualTo(CacheRun.SliceCount));
        Assert.That(other.Result, Does.Contain("those of 0 computed"));
    }

    [Test]
    public void Part_of_the_data_finds_what_all_of_it_has_left()
    {
        CacheRun.Train(_run.Cached);
        var part = CacheRun.Train(_run.Cached, slices: [.. TinyRun.Slices(CacheRun.SliceCount).Reverse().Skip(3)]);

        Assert.That(part.Result, Does.Contain("those of 0 computed"));
    }

    private static IEnumerable<TestCaseData> Others()
    {
        yield return new TestCaseData(CacheRun.Plain, null, 5L).SetArgDisplayNames("other weights");
        yield return new TestCaseData(CacheRun.Plain with { Precision = Precision.Bf16 }, null, 1L).SetArgDisplayNames("another precision");
        yield return new TestCaseData(CacheRun.Plain, new LoraOptions { Placement = LoraPlacement.None }, 1L).SetArgDisplayNames("more frozen blocks");
    }

    [TestCaseSource(nameof(Others))]
    public void Features_of_another_network_are_not_taken(TrainingOptions options, LoraOptions? lora, long networkSeed)
    {
        CacheRun.Train(_run.Cached);
        var kept = _run.Files;
        var other = CacheRun.Train(options with { FeatureCache = _run.Cached.FeatureCache }, lora: lora, networkSeed: networkSeed);

        other.AssertSameAs(CacheRun.Train(options, lora: lora, networkSeed: networkSeed));
        Assert.That(_run.Files, Is.SupersetOf(kept).And.Length.EqualTo(2 * kept.Length));
        Assert.That(other.Observer.Notes, Has.Some.Contains("1 other folder beside it"));
    }

    [TestCase("cut")]
    [TestCase("bit")]
    [TestCase("exchanged")]
    [TestCase("empty")]
    [TestCase("a folder")]
    public void Damaged_features_are_computed_again(string damage)
    {
        var expected = CacheRun.Train(_run.Cached);
        var files = _run.Files;
        var whole = File.ReadAllBytes(files[0]);
        Damage(files, damage);
        var again = CacheRun.Train(_run.Cached);

        again.AssertSameAs(expected);
        Assert.That(again.Observer.Warnings, Has.Count.EqualTo(1).And.Some.Contains(Path.GetFileName(files[0])).Or.Some.Contains(Path.GetFileName(files[1])));
        if (damage != "a folder")
        {
            Assert.That(File.ReadAllBytes(files[0]), Is.EqualTo(whole), "it is repaired");
        }
    }

    [Test]
    public void What_exceeds_the_limit_is_computed_every_time()
    {
        CacheRun.Train(_run.Cached);
        var bytes = new FileInfo(_run.Files[0]).Length;
        using var limited = new CacheRun();
        var run = CacheRun.Train(limited.Cached with { FeatureCache = new() { Folder = limited.Cache, MaxBytes = (3 * bytes) + 1 } });

        run.AssertSameAs(CacheRun.Train(CacheRun.Plain));
        Assert.That(limited.Files, Has.Length.EqualTo(3));
        Assert.That(run.Observer.Notes, Has.Exactly(1).Contains("its limit is reached"));
    }

    [Test]
    public void What_is_written_again_is_not_counted_again()
    {
        CacheRun.Train(_run.Cached);
        var (files, whole) = (_run.Files, File.ReadAllBytes(_run.Files[0]));
        Damage(files, "bit");
        var run = CacheRun.Train(_run.Cached with { FeatureCache = new() { Folder = _run.Cache, MaxBytes = (long)files.Length * whole.Length } });

        Assert.That(File.ReadAllBytes(files[0]), Is.EqualTo(whole));
        Assert.That(run.Observer.Notes, Has.None.Contains("its limit is reached"));
    }

    [Test]
    public void Slices_that_are_alike_are_kept_and_counted_once()
    {
        var slices = TinyRun.Slices(5);
        var plain = _run.Cached with { Augment = false, AugmentationSet = null, BatchSize = 10 };
        CacheRun.Train(plain, slices: slices);
        var bytes = new FileInfo(_run.Files[0]).Length;
        using var limited = new CacheRun();
        var run = CacheRun.Train(plain with { FeatureCache = new() { Folder = limited.Cache, MaxBytes = 5 * bytes } }, slices: [.. slices, .. slices]);

        Assert.That(limited.Files, Has.Length.EqualTo(5));
        Assert.That(run.Observer.Notes, Has.None.Contains("its limit is reached"));
    }

    [Test]
    public void A_disk_that_takes_no_more_ends_the_writing_not_the_run()
    {
        // A file in the place of the folder is what a test can have everywhere; the disk that is full throws the same.
        var run = CacheRun.Train(_run.Cached, observer => observer.Progressed = progress =>
        {
            if (progress.Step == 1)
            {
                var folder = Directory.GetDirectories(_run.Cache).Single();
                Directory.Delete(folder, recursive: true);
                File.WriteAllText(folder, "");
            }
        });

        run.AssertSameAs(CacheRun.Train(CacheRun.Plain));
        Assert.That(run.Observer.Warnings, Has.Count.EqualTo(1).And.Some.Contains("no more features are cached in this run"));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_told_before_training()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_run.Cache)!);
        File.WriteAllText(_run.Cache, "");

        Assert.That(() => CacheRun.Train(_run.Cached), Throws.TypeOf<IOException>().With.Message.Contains(_run.Cache).And.Message.Contains("--cache-features"));
    }

    [Test]
    public void A_network_without_frozen_blocks_is_refused() =>
        Assert.That(() => CacheRun.Train(_run.Cached, lora: new LoraOptions { Rank = 2 }), Throws.ArgumentException.With.Message.Contains("--lora-layers").And.Message.Contains("LoraOptions.Layers"));

    [TestCase("a file")]
    [TestCase("below a file")]
    [TestCase("too long")]
    public void Nothing_is_written_for_a_run_whose_cache_has_no_place(string place)
    {
        using var folder = new TempFolder().Write();
        var file = folder.File("taken");
        File.WriteAllText(file, "mine");
        var cache = place switch { "a file" => file, "below a file" => Path.Combine(file, "a", "b"), _ => folder.File(new string('x', 300)) };
        var options = folder.Run("run") with { Lora = new LoraOptions { Rank = 2, Layers = [1] }, Training = CacheRun.Plain with { FeatureCache = new() { Folder = cache } } };

        Assert.That(() => options.Execute(), Throws.TypeOf<IOException>().With.Message.Contains(place == "too long" ? cache : $"{file} is a file").And.Message.Contains("--cache-features"));
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
        Assert.That(File.ReadAllText(file), Is.EqualTo("mine"));
    }

    [Test]
    public void An_adapter_whose_options_no_file_can_name_is_refused()
    {
        using var network = SamNetwork.Create(TinyRun.Model, new HeadOnly(), CPU, 1);

        Assert.That(network.FrozenBlocks, Is.GreaterThan(0));
        Assert.That(() => new SegmentationTrainer(network, CPU, _run.Cached, TinyRun.Preprocessing), Throws.ArgumentException.With.Message.Contains(nameof(HeadOnly)).And.Message.Contains("LoraAdapter"));
        Assert.That(() => new SegmentationTrainer(network, CPU, CacheRun.Plain, TinyRun.Preprocessing), Throws.Nothing);
    }

    [Test]
    public void Features_of_one_gpu_are_not_those_of_another()
    {
        using var network = SamNetwork.Create(TinyRun.Model, new LoraOptions { Rank = 2, Layers = [1] }, CPU, 1);
        FeatureFingerprint[] each = [.. new[] { CPU, new Device(DeviceType.CUDA, 0), new Device(DeviceType.CUDA, 1) }
            .Select(device => FeatureFingerprint.Of(network, device, CacheRun.Plain, TinyRun.Preprocessing))];

        Assert.That(each.Select(print => print.Device), Is.EqualTo(new[] { "cpu", "cuda:0", "cuda:1" }));
        Assert.That(each.Select(print => print.Name()), Is.Unique);
    }

    [Test]
    public void An_interrupted_run_goes_on_with_what_it_has_computed()
    {
        using var folder = new TempFolder().Write();
        var options = folder.Run("plain") with { Lora = new LoraOptions { Rank = 2, Layers = [1] }, Training = TinyRun.Options with { AugmentationSet = 2 } };
        _ = options.Execute();
        var cached = options with { Output = folder.File("cached"), Training = options.Training with { FeatureCache = new() { Folder = _run.Cache } } };
        Assert.That(cached.Execute(progress => progress.Step == 2).Result.Interrupted);
        var computed = _run.Files.Length;
        var observer = new RecordingObserver();
        Assert.That((cached with { Resume = true }).Execute(observer: observer).Result.Interrupted, Is.False);

        Assert.That(computed, Is.InRange(1, 2 * TinyRun.Options.BatchSize));
        foreach (var name in new[] { "best.pth", "last.pth", "resume.safetensors", "losses.csv", "epochs.csv" })
        {
            Assert.That(File.ReadAllBytes(folder.File($"cached/{name}")), Is.EqualTo(File.ReadAllBytes(folder.File($"plain/{name}"))), name);
        }
        Assert.That(() => (cached with { Resume = true, Training = cached.Training with { FeatureCache = null } }).Execute(), Throws.Nothing, "the cache does not decide the weights");
        Assert.That(() => (cached with { Resume = true, Training = cached.Training with { AugmentationSet = 3 } }).Execute(),
            Throws.TypeOf<RunFolderException>().With.Message.Contains("augmentationSet"));
    }

    [Test]
    public void Nothing_is_written_for_a_run_that_could_not_use_a_cache()
    {
        using var folder = new TempFolder().Write();
        var options = folder.Run("run") with { Training = _run.Cached };

        Assert.That(() => options.Execute(), Throws.ArgumentException.With.Message.Contains("no features to cache"));
        Assert.That((Directory.Exists(folder.File("run")), Directory.Exists(_run.Cache)), Is.EqualTo((false, false)));
    }

    /// <summary>Nothing but the mask decoder trains.</summary>
    private sealed class HeadOnly : ISamAdapter
    {
        public Module<Tensor, Tensor> CreateQkv(int block, int channels, Device device) => Linear(channels, 3 * channels, device: device);

        public Module<Tensor, Tensor> CreateDecoderProjection(int inputs, int outputs, Device device) => Linear(inputs, outputs, device: device);

        public bool Trains(string parameterName) => parameterName.StartsWith("sam.mask_decoder.", StringComparison.Ordinal);

        public void Validate(int encoderDepth)
        {
        }
    }

    private static void Damage(string[] files, string damage)
    {
        var bytes = File.ReadAllBytes(files[0]);
        switch (damage)
        {
            case "cut":
                File.WriteAllBytes(files[0], bytes[..^1]);
                break;
            case "bit":
                bytes[^9] ^= 4;
                File.WriteAllBytes(files[0], bytes);
                break;
            case "exchanged":
                File.Copy(files[1], files[0], overwrite: true);
                break;
            case "empty":
                File.WriteAllBytes(files[0], []);
                break;
            default:
                File.Delete(files[0]);
                Directory.CreateDirectory(files[0]);
                break;
        }
    }
}
