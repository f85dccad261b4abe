using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using NUnit.Framework.Constraints;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Transforms;
using TorchSharp;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

/// <summary>Models in files. That a new process reads them is tested with the programs in samples.</summary>
[TestFixture]
internal sealed class SaveAndLoadTests
{
    private readonly MLContext _ml = new(seed: 5);
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(true, LoraPlacement.Encoder)]
    [TestCase(false, LoraPlacement.Encoder)]
    [TestCase(true, LoraPlacement.EncoderDecoder)]
    [TestCase(false, LoraPlacement.EncoderDecoder)]
    [TestCase(true, LoraPlacement.None)]
    [TestCase(false, LoraPlacement.None)]
    public void A_loaded_model_gives_identical_labels(bool trainEncoder, LoraPlacement placement)
    {
        var data = _ml.View(8);
        var options = TinyRows.Options with { Lora = new LoraOptions { Rank = 2, TrainEncoder = trainEncoder, Placement = placement }, ProbabilityColumnName = "Probability" };
        using var model = _ml.Transforms.NormalizeSlice("Image", lo: 0, hi: 1).Append(_ml.Transforms.ResizeSlice("Image", size: 20)).Append(_ml.Segmentation().Trainers.SamLora(options)).Fit(data);
        var path = _folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, path);
        var expected = _ml.PredictedLabels(model.Transform(data));

        var plain = new MLContext().Model.Load(path, out var schema);
        Assert.That(schema.Select(column => column.Name), Is.EqualTo(data.Schema.Select(column => column.Name)));
        Assert.That(_ml.PredictedLabels(plain.Transform(data)), Is.EqualTo(expected));
        using var engine = new MLContext().Model.CreatePredictionEngine<TinyRow, TinyPrediction>(plain);
        Assert.That(TinyRows.Rows(8).Select(row => engine.Predict(row).PredictedLabel), Is.EqualTo(expected));

        using var typed = new MLContext().Segmentation().LoadModel(path);
        Assert.That(_ml.PredictedLabels(typed.Transform(data)), Is.EqualTo(expected));
        Assert.That(typed.LastTransformer.Classes.Select(entry => entry.Name), Is.EqualTo(TinyRows.Classes));
        Assert.That(typed.GetOutputSchema(data.Schema)["Image"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Single, 20, 20)));
    }

    [Test]
    public void Slices_of_a_fixed_size_need_no_size_columns()
    {
        var data = _ml.Transforms.ResizeSlice("Image", size: 24).Append(_ml.Transforms.DropColumns("Height", "Width")).Fit(_ml.View(4)).Transform(_ml.View(4));
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options).Fit(data);
        var path = _folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, path);
        Assert.That(_ml.PredictedLabels(_ml.Model.Load(path, out _).Transform(data)), Is.EqualTo(_ml.PredictedLabels(model.Transform(data))));
        Assert.That(model.GetOutputSchema(data.Schema)["PredictedLabel"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Byte, 24, 24)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_loaded_model_can_be_saved_again(bool trainEncoder)
    {
        var data = _ml.View(4);
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { Lora = new LoraOptions { Rank = 2, TrainEncoder = trainEncoder } }).Fit(data);
        _ml.Model.Save(model, data.Schema, _folder.File("first.zip"));
        using (var loaded = _ml.Segmentation().LoadModel(_folder.File("first.zip")))
        {
            _ml.Model.Save(loaded, data.Schema, _folder.File("second.zip"));
        }
        using var again = _ml.Segmentation().LoadModel(_folder.File("second.zip"));
        Assert.That(_ml.PredictedLabels(again.Transform(data)), Is.EqualTo(_ml.PredictedLabels(model.Transform(data))));
    }

    [Test]
    public void The_base_is_found_beside_the_model_and_is_not_in_it()
    {
        var (path, expected) = SaveWithBase("models");
        using (var zip = ZipFile.OpenRead(path))
        {
            Assert.That(zip.Entries.Sum(entry => entry.Length), Is.LessThan(1.6 * new FileInfo(_folder.File("lora.pth")).Length));
        }
        Assert.That(_ml.PredictedLabels(_ml.Model.Load(path, out _).Transform(_ml.View(4))), Is.EqualTo(expected), "plain ML.NET");
        using var typed = _ml.Segmentation().LoadModel(path);
        Assert.That(_ml.PredictedLabels(typed.Transform(_ml.View(4))), Is.EqualTo(expected));
    }

    [Test]
    public void The_base_is_found_where_the_caller_says()
    {
        var (path, expected) = SaveWithBase("elsewhere");
        File.Move(_folder.File("elsewhere/base.safetensors"), _folder.File("renamed.safetensors"));
        using (var named = _ml.Segmentation().LoadModel(path, new() { SamFile = _folder.File("renamed.safetensors") }))
        {
            Assert.That(_ml.PredictedLabels(named.Transform(_ml.View(4))), Is.EqualTo(expected));
        }
        Directory.CreateDirectory(_folder.File("bases"));
        File.Move(_folder.File("renamed.safetensors"), _folder.File("bases/base.safetensors"));
        using var found = _ml.Segmentation().LoadModel(path, new() { BaseFolders = [_folder.File("bases")] });
        Assert.That(_ml.PredictedLabels(found.Transform(_ml.View(4))), Is.EqualTo(expected));
    }

    [Test]
    public void The_base_is_found_in_a_folder_of_the_environment()
    {
        var (path, expected) = SaveWithBase("environment");
        Directory.CreateDirectory(_folder.File("bases"));
        File.Move(_folder.File("environment/base.safetensors"), _folder.File("bases/base.safetensors"));
        var before = Environment.GetEnvironmentVariable(BaseCache.FoldersVariable);
        try
        {
            Environment.SetEnvironmentVariable(BaseCache.FoldersVariable, _folder.File("bases"));
            Assert.That(_ml.PredictedLabels(_ml.Model.Load(path, out _).Transform(_ml.View(4))), Is.EqualTo(expected));
        }
        finally
        {
            Environment.SetEnvironmentVariable(BaseCache.FoldersVariable, before);
        }
    }

    [Test]
    public void A_missing_base_names_every_place()
    {
        var (path, _) = SaveWithBase("missing");
        File.Delete(_folder.File("missing/base.safetensors"));
        IResolveConstraint Everywhere() => Throws.InstanceOf<BaseNotFoundException>().With.Message.Contains("base.safetensors with SHA-256")
            .And.Message.Contains(_folder.File("missing/base.safetensors") + ": not there")
            .And.Message.Contains("(1) beside the model file").And.Message.Contains("(2) into the cache folder").And.Message.Contains("(3) name it").And.Message.Contains("SAMED_BASES");
        Assert.That(() => _ml.Segmentation().LoadModel(path), Everywhere());
        Assert.That(PredictPlainly, Everywhere(), "plain ML.NET");

        void PredictPlainly()
        {
            using var engine = _ml.Model.CreatePredictionEngine<TinyRow, TinyPrediction>(_ml.Model.Load(path, out _));
            engine.Predict(TinyRows.Rows(1)[0]);
        }
    }

    [Test]
    public void A_wrong_base_is_refused_with_its_hash()
    {
        var (path, _) = SaveWithBase("wrong");
        SaveBase(_folder.File("wrong/base.safetensors"), seed: 78);
        var found = SamCheckpoint.Sha256Of(_folder.File("wrong/base.safetensors"));
        Assert.That(() => _ml.Segmentation().LoadModel(path), Throws.InstanceOf<BaseNotFoundException>().With.Message.Contains($"has SHA-256 {found}"));
        Assert.That(() => _ml.Segmentation().LoadModel(path, new() { SamFile = _folder.File("wrong/base.safetensors") }), Throws.InstanceOf<BaseNotFoundException>().With.Message.Contains(found));
    }

    [Test]
    public void A_lora_file_of_the_transformer_gives_the_same_labels()
    {
        var (_, expected) = SaveWithBase("lora");
        using var model = _ml.Segmentation().FromCheckpoint(new() { LoraFile = _folder.File("lora.pth"), SamFile = _folder.File("lora/base.safetensors") });
        Assert.That(_ml.PredictedLabels(model.Transform(_ml.View(4))), Is.EqualTo(expected));
    }

    [Test]
    public void A_file_that_is_no_model_is_refused()
    {
        File.WriteAllText(_folder.File("text.zip"), "no zip");
        Assert.That(() => _ml.Segmentation().LoadModel(_folder.File("text.zip")), Throws.InstanceOf<SavedModelException>().With.Message.Contains("text.zip"));
        Assert.That(() => _ml.Segmentation().LoadModel(_folder.File("none.zip")), Throws.InstanceOf<FileNotFoundException>());
        var other = _ml.Transforms.CopyColumns("Copy", "Slice").Fit(_ml.View(1));
        _ml.Model.Save(other, _ml.View(1).Schema, _folder.File("other.zip"));
        Assert.That(() => _ml.Segmentation().LoadModel(_folder.File("other.zip")), Throws.InstanceOf<SavedModelException>().With.Message.Contains("does not end in a segmentation model"));
    }

    [Test]
    public void What_only_has_the_name_of_the_base_does_not_end_the_search()
    {
        var (path, expected) = SaveWithBase("junk");
        Directory.CreateDirectory(_folder.File("good"));
        File.Move(_folder.File("junk/base.safetensors"), _folder.File("good/base.safetensors"));
        File.WriteAllText(_folder.File("junk/base.safetensors"), "<html>404</html>");
        Assert.That(() => _ml.Segmentation().LoadModel(path), Throws.InstanceOf<BaseNotFoundException>().With.Message.Contains("junk/base.safetensors").And.Message.Contains("(2) into the cache folder"));
        Assert.That(() => _ml.Segmentation().LoadModel(path, new() { SamFile = _folder.File("junk/base.safetensors") }), Throws.InstanceOf<BaseNotFoundException>());
        using var found = _ml.Segmentation().LoadModel(path, new() { BaseFolders = [_folder.File("junk"), "", _folder.File("good")] });
        Assert.That(_ml.PredictedLabels(found.Transform(_ml.View(4))), Is.EqualTo(expected));
    }

    [Test]
    public void A_base_named_for_a_model_that_needs_none_is_refused()
    {
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options).Fit(_ml.View(4));
        _ml.Model.Save(model, _ml.View(4).Schema, _folder.File("model.zip"));
        Assert.That(() => _ml.Segmentation().LoadModel(_folder.File("model.zip"), new() { SamFile = "sam.pth" }), Throws.ArgumentException.With.Message.Contains("needs no SAM checkpoint"));
    }

    [Test]
    public void A_damaged_model_is_told_with_its_name()
    {
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options).Fit(_ml.View(4));
        _ml.Model.Save(model, _ml.View(4).Schema, _folder.File("model.zip"));
        var good = File.ReadAllBytes(_folder.File("model.zip"));
        var random = new Random(3);
        for (var damage = 0; damage < 40; damage++)
        {
            var bad = good.ToArray();
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_folder.File("bad.zip"), bad);
            try
            {
                using var loaded = _ml.Segmentation().LoadModel(_folder.File("bad.zip"));
            }
            catch (SavedModelException fault)
            {
                Assert.That(fault.Message, Does.Contain("bad.zip").And.Not.Contains("samed-model-"));
            }
        }
        File.WriteAllBytes(_folder.File("bad.zip"), good[..(good.Length / 2)]);
        Assert.That(() => _ml.Segmentation().LoadModel(_folder.File("bad.zip")), Throws.InstanceOf<SavedModelException>().With.Message.Contains("bad.zip"));
    }

    private static void SaveBase(string path, long seed)
    {
        using var sam = SamNetwork.Create(TinyRun.Model, new LoraOptions { Placement = LoraPlacement.None }, torch.CPU, seed);
        SamCheckpoint.Save(sam, path);
    }

    /// <summary>A model trained on a base file that lies beside it, and its LoRA file as lora.pth.</summary>
    private (string Path, byte[][] Labels) SaveWithBase(string name)
    {
        Directory.CreateDirectory(_folder.File(name));
        SaveBase(_folder.File($"{name}/base.safetensors"), seed: 77);
        using var model = new SamLoraSegmentationTrainer(_ml, TinyRows.Options with { Lora = new LoraOptions { Rank = 2 }, SamFile = _folder.File($"{name}/base.safetensors") }).Fit(_ml.View(4));
        _ml.Model.Save(model, _ml.View(4).Schema, _folder.File($"{name}/model.zip"));
        model.SaveLora(_folder.File("lora.pth"));
        return (_folder.File($"{name}/model.zip"), _ml.PredictedLabels(model.Transform(_ml.View(4))));
    }
}
