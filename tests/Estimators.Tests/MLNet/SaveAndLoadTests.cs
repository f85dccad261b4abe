using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Modeling.Adapters;

namespace SAMed.MLNet.Estimators.Tests.MLNet;

[TestFixture]
internal sealed class SaveAndLoadTests
{
    private readonly MLContext _ml = new(seed: 5);
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public void A_plainly_loaded_model_gives_identical_labels(bool trainEncoder)
    {
        var data = _ml.View(8);
        var options = TinyRows.Options with { Lora = new LoraOptions { Rank = 2, TrainEncoder = trainEncoder }, ProbabilityColumnName = "Probability" };
        var pipeline = _ml.Transforms.NormalizeSlice("Image", lo: 0, hi: 1).Append(_ml.Transforms.ResizeSlice("Image", size: 20)).Append(_ml.Segmentation().Trainers.SamLora(options));
        using var model = pipeline.Fit(data);
        var path = _folder.File($"{trainEncoder}.zip");
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
}
