using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms.Tests.Rows.Saving;

/// <summary>Not in parallel with each other: they count how many states are opened.</summary>
[NonParallelizable]
public class StockChainTests
{
    private static SavedState State(float factor, string padding = "") => SavedState.Of(WeightedSum.Kind, new Weight(factor, padding));

    /// <summary>Saved and loaded as ML.NET does it, by a context that has seen nothing.</summary>
    private static ITransformer Reload(ITransformer transformer)
    {
        var ml = new MLContext();
        using var file = new MemoryStream();
        ml.Model.Save(transformer, Data(1).Schema, file);
        file.Position = 0;
        return new MLContext().Model.Load(file, out _);
    }

    private static WeightedSum Sum(SavedState state, string? signs = null, string total = "Total") => new(state, ("Values", "Count"), total, signs);

    private static IDataView Data(int rows) => new MLContext().Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(Row.Make));

    private static float[] Totals(IDataView data) => [.. data.GetColumn<float>("Total")];

    [Test]
    public void A_contract_of_any_assembly_runs_in_a_plainly_loaded_model() =>
        Assert.That(Totals(Reload(Sum(State(2))).Transform(Data(3))), Is.EqualTo(new[] { 100f, 99, 104 }));

    [Test]
    public void Only_the_outputs_that_are_asked_for_remain_and_nothing_temporary()
    {
        string[] own = ["Values", "Count", "Other"];
        var data = Data(1);
        Assert.That(Visible(Reload(Sum(State(1))).GetOutputSchema(data.Schema)), Is.EquivalentTo((string[])[.. own, "Total"]));
        Assert.That(Visible(Reload(Sum(State(1), "Signs")).GetOutputSchema(data.Schema)), Is.EquivalentTo((string[])[.. own, "Total", "Signs"]));
    }

    private static IEnumerable<string> Visible(DataViewSchema schema) => schema.Where(column => !column.IsHidden).Select(column => column.Name);

    [Test]
    public void Vectors_come_out_as_vectors()
    {
        var signs = Reload(Sum(State(1), "Signs")).Transform(Data(3)).GetColumn<byte[]>("Signs").ToArray();
        Assert.That(signs, Is.EqualTo(new byte[][] { [], [0], [0, 1] }));
    }

    [Test]
    public void An_output_may_take_the_name_of_its_input()
    {
        var view = Reload(Sum(State(1), total: "Values")).Transform(Data(3));
        Assert.That(view.GetColumn<float>("Values"), Is.EqualTo(new[] { 100f, 100, 103 }));
    }

    [Test]
    public void Two_of_a_kind_fit_in_one_chain()
    {
        var model = Reload(new TransformerChain<ITransformer>(Sum(State(2)), Sum(State(3), total: "Again")));
        var view = model.Transform(Data(3));
        Assert.That(Totals(view).Zip(view.GetColumn<float>("Again")), Is.EqualTo(new[] { (100f, 100f), (99f, 98f), (104f, 105f) }));
    }

    [Test]
    public void A_state_of_tens_of_megabytes_is_opened_once_per_model()
    {
        var padding = new string([.. Enumerable.Range(0, 27_000_000).Select(i => (char)('A' + (i * 31 % 26)))]);
        var model = Reload(Sum(State(2, padding)));
        var before = WeightedSumContract.Opened;
        Assert.That(Totals(model.Transform(Data(20))), Has.Length.EqualTo(20));
        Assert.That(Totals(model.Transform(Data(2))), Is.EqualTo(new[] { 100f, 99 }));
        Assert.That(WeightedSumContract.Opened - before, Is.EqualTo(1));
        Assert.That(StockChain.TryReadState(Unwrapped(model))!.Read<Weight>(WeightedSum.Kind).Padding == padding, "the text came back as it was");
    }

    [Test]
    public void Models_of_one_contract_do_not_disturb_each_other()
    {
        var (two, three) = (Reload(Sum(State(2))), Reload(Sum(State(3))));
        using var first = new MLContext().Model.CreatePredictionEngine<Row, Result>(two);
        using var second = new MLContext().Model.CreatePredictionEngine<Row, Result>(three);
        var before = WeightedSumContract.Opened;
        for (var i = 0; i < 3; i++)
        {
            Assert.That((first.Predict(Row.Make(1)).Total, second.Predict(Row.Make(1)).Total), Is.EqualTo((99f, 98f)));
        }
        Assert.That(WeightedSumContract.Opened - before, Is.EqualTo(2));
    }

    [Test]
    public void Engines_in_eight_threads_share_one_opened_state()
    {
        var model = Reload(Sum(State(2)));
        var before = WeightedSumContract.Opened;
        var results = new float[8][];
        Parallel.For(0, 8, new() { MaxDegreeOfParallelism = 8 }, thread =>
        {
            using var engine = new MLContext().Model.CreatePredictionEngine<Row, Result>(model);
            results[thread] = [.. Enumerable.Range(0, 50).Select(i => engine.Predict(Row.Make(i)).Total)];
        });
        Assert.That(results, Is.All.EqualTo(Totals(model.Transform(Data(50)))));
        Assert.That(WeightedSumContract.Opened - before, Is.EqualTo(1));
    }

    [Test]
    public void The_state_is_read_back_from_a_loaded_model()
    {
        var state = State(2, "text with \n line break, \t tab and \"quotes\"");
        Assert.That(StockChain.TryReadState(Unwrapped(Reload(Sum(state)))), Is.EqualTo(state));
    }

    [Test]
    public void Other_transformers_carry_no_state()
    {
        var ml = new MLContext();
        var data = Data(1);
        var copy = ml.Transforms.CopyColumns("Copy", "Count").Fit(data);
        Assert.That(StockChain.TryReadState(copy), Is.Null);
        Assert.That(StockChain.TryReadState(new TransformerChain<ITransformer>()), Is.Null);
        Assert.That(StockChain.TryReadState(new TransformerChain<ITransformer>(copy, copy, copy)), Is.Null);
    }

    [Test]
    public void A_model_of_a_later_version_says_so_when_it_predicts()
    {
        var model = Reload(Sum(State(2) with { FormatVersion = 3, Writer = "7.0.0" }));
        Assert.That(() => Totals(model.Transform(Data(1))), Throws.Exception.Matches<Exception>(fault =>
            Causes(fault).OfType<SavedModelException>().Any(cause => cause.Message.Contains("7.0.0", StringComparison.Ordinal) && cause.Message.Contains("format 3", StringComparison.Ordinal))));
    }

    private static IEnumerable<Exception> Causes(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            yield return fault;
        }
    }

    /// <summary>A lone transformer comes back in a chain of one.</summary>
    private static ITransformer Unwrapped(ITransformer loaded) =>
        StockChain.TryReadState(loaded) is null && loaded is TransformerChain<ITransformer> chain ? chain.Single() : loaded;

    private sealed class Row
    {
        public float[] Values { get; set; } = [];

        public int Count { get; set; }

        public string Other { get; set; } = "";

        /// <summary>Values -1, 2, 3, …, row; Count = 100 + row.</summary>
        public static Row Make(int row) => new() { Values = [.. Enumerable.Range(1, row).Select(k => k == 1 ? -1f : k)], Count = 100 + row };
    }

    private sealed class Result
    {
        public float Total { get; set; }
    }
}
