using System.Security.Cryptography;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Samples.Tests.Support;

namespace SAMed.MLNet.Samples.Tests;

/// <summary>A saved model in another program, which knows only <c>mlContext.Model.Load</c>.</summary>
public sealed class LoadAndPredictTests
{
    private TrainedModel _fromRandomWeights = null!;
    private TrainedModel _withBase = null!;

    [OneTimeSetUp]
    public void Train() => (_fromRandomWeights, _withBase) = (new TrainedModel(withBase: false), new TrainedModel(withBase: true));

    [OneTimeTearDown]
    public void Remove()
    {
        _fromRandomWeights.Dispose();
        _withBase.Dispose();
    }

    [Test]
    public void Another_process_gives_identical_labels()
    {
        var output = SampleProgram.MustRun("LoadAndPredict", _fromRandomWeights.Zip, _fromRandomWeights.Image);

        Assert.That(output, Does.Contain("sha256  " + Sha256Of(_fromRandomWeights)));
        foreach (var (id, count) in _fromRandomWeights.Slices.SelectMany(labels => labels).CountBy(id => id))
        {
            Assert.That(output, Does.Contain($"class {id}: {count} voxels"));
        }
    }

    [Test]
    public void So_it_does_with_the_base_beside_the_model()
    {
        var zip = CopyOfZip();
        File.Copy(_withBase.BaseFile, Beside(zip));

        var output = SampleProgram.MustRun("LoadAndPredict", zip, _withBase.Image);

        Assert.That(output, Does.Contain("sha256  " + Sha256Of(_withBase)));
    }

    [Test]
    public void So_it_does_with_the_base_in_a_folder_that_the_environment_names()
    {
        var run = SampleProgram.Run("LoadAndPredict", [CopyOfZip(), _withBase.Image], (BaseCache.FoldersVariable, Path.GetDirectoryName(_withBase.BaseFile)!));

        Assert.That(run.Output, Does.Contain("sha256  " + Sha256Of(_withBase)), run.Error);
    }

    [Test]
    public void So_it_does_with_the_base_in_the_users_cache()
    {
        var cache = Directory.CreateDirectory(_withBase.File("cache/samed-mlnet/bases"));
        File.Copy(_withBase.BaseFile, Path.Combine(cache.FullName, Path.GetFileName(_withBase.BaseFile)));

        var run = SampleProgram.Run("LoadAndPredict", [CopyOfZip(), _withBase.Image], ("XDG_CACHE_HOME", _withBase.File("cache")));

        Assert.That(run.Output, Does.Contain("sha256  " + Sha256Of(_withBase)), run.Error);
    }

    [Test]
    public void A_base_that_is_nowhere_is_an_error_that_names_every_place()
    {
        var zip = CopyOfZip();

        var run = SampleProgram.Run("LoadAndPredict", [zip, _withBase.Image], ("XDG_CACHE_HOME", _withBase.File("empty")));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("tiny_base.safetensors").And.Contain(SamCheckpoint.Sha256Of(_withBase.BaseFile))
            .And.Contain(Beside(zip)).And.Contain(_withBase.File("empty")).And.Contain(BaseCache.FoldersVariable).And.Contain("LoadModelOptions.SamFile"));
    }

    [Test]
    public void A_base_with_other_content_is_an_error_that_says_so()
    {
        var zip = CopyOfZip();
        var other = File.ReadAllBytes(_withBase.BaseFile);
        other[^1] ^= 1;
        File.WriteAllBytes(Beside(zip), other);

        var run = SampleProgram.Run("LoadAndPredict", [zip, _withBase.Image], ("XDG_CACHE_HOME", _withBase.File("empty")));

        Assert.That(run.ExitCode, Is.EqualTo(1), run.ToString());
        Assert.That(run.Error, Does.Contain("SHA-256 " + Convert.ToHexStringLower(SHA256.HashData(other))));
    }

    private static string Sha256Of(TrainedModel model) => Convert.ToHexStringLower(SHA256.HashData([.. model.Slices.SelectMany(labels => labels)]));

    /// <summary>Where the base of <paramref name="zip"/> would lie beside it.</summary>
    private string Beside(string zip) => Path.Combine(Path.GetDirectoryName(zip)!, Path.GetFileName(_withBase.BaseFile));

    /// <summary>The model that needs a base, in a folder where nothing else lies.</summary>
    private string CopyOfZip()
    {
        var folder = Directory.CreateDirectory(_withBase.File(Guid.NewGuid().ToString("N")));
        var zip = Path.Combine(folder.FullName, "model.zip");
        File.Copy(_withBase.Zip, zip);
        return zip;
    }
}
