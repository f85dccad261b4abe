using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace SAMed.MLNet.Transforms.Rows.Saving;

/// <summary>Saves a transformer of ours as a chain of ML.NET's own, and knows it again. Whoever loads the model needs no code but a reference to this library.</summary>
/// <remarks>
/// ML.NET keeps its saving to itself: other assemblies can implement <see cref="ICanSaveModel"/> but write nothing into the context they are given. They can delegate to
/// transformers that may. The chain is: a constant key → a ValueMapping from that key to the state's text → copies of the inputs under names of ours → a CustomMapping, whose
/// contract (a class with <see cref="CustomMappingFactoryAttributeAttribute"/>) ML.NET finds again by the name of this assembly → copies of its outputs under their real names →
/// the temporary columns dropped. A contract is made of an input class with a property <c>State</c> named <see cref="StateColumn"/> (ReadOnlyMemory&lt;char&gt;) and one per input,
/// an output class, and a factory whose mapping reads the state through a <see cref="StateCache{T}"/>. In such a chain vectors lose their dimensions, so whatever is fixed belongs
/// into the state.
/// </remarks>
internal static class StockChain
{
    /// <summary>The temporary column that brings the state to the contract.</summary>
    public const string StateColumn = "samed.state";

    private const string KeyColumn = "samed.key";
    private const string KeyContract = "SAMed.MLNet.Key";

    /// <summary>Saves.</summary>
    /// <param name="context">What ML.NET gave.</param>
    /// <param name="state">Everything that the contract needs.</param>
    /// <param name="contract">Name of the contract.</param>
    /// <param name="factory">The contract.</param>
    /// <param name="inputs">Each input column and the name it has in <typeparamref name="TInput"/>.</param>
    /// <param name="outputs">Column names of <typeparamref name="TOutput"/> and the output column of each; those left out become no column.</param>
    public static void Save<TInput, TOutput>(
        ModelSaveContext context, SavedState state, string contract, CustomMappingFactory<TInput, TOutput> factory,
        IReadOnlyList<(string Column, string Temporary)> inputs, IReadOnlyList<(string Temporary, string Column)> outputs)
        where TInput : class, new()
        where TOutput : class, new()
    {
        var ml = new MLContext();
        var states = ml.Data.LoadFromEnumerable([new StateOfKey { Key = 1, State = state.ToString() }]);
        var transforms = ml.Transforms;
        IEstimator<ITransformer>[] parts =
        [
            transforms.CustomMapping(new KeyFactory().GetMapping(), KeyContract),
            transforms.Conversion.MapValue(StateColumn, states, states.Schema[nameof(StateOfKey.Key)], states.Schema[nameof(StateOfKey.State)], KeyColumn),
            .. inputs.Select(input => transforms.CopyColumns(input.Temporary, input.Column)),
            transforms.CustomMapping(factory.GetMapping(), contract),
            .. outputs.Select(output => transforms.CopyColumns(output.Column, output.Temporary)),
            transforms.DropColumns([KeyColumn, .. NamesOf<TInput>(), .. NamesOf<TOutput>()]),
        ];
        var data = Example<TInput>(ml, inputs);
        var fitted = new ITransformer[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            fitted[i] = parts[i].Fit(data);
            data = fitted[i].Transform(data);
        }
        ((ICanSaveModel)new TransformerChain<ITransformer>(fitted)).Save(context);
    }

    /// <summary>The state that <paramref name="loaded"/> carries when it is a chain that <see cref="Save"/> wrote, else null.</summary>
    /// <exception cref="SavedModelException">It carries one that this version cannot read.</exception>
    public static SavedState? TryReadState(ITransformer loaded)
    {
        if (loaded is not IEnumerable<ITransformer> chain || chain.Take(2).ToArray() is not [CustomMappingTransformer<Nothing, KeyRow> key, var mapping])
        {
            return null;
        }
        var ml = new MLContext();
        var row = mapping.Transform(key.Transform(ml.Data.LoadFromEnumerable([new NoColumns()])));
        using var cursor = row.GetRowCursor(row.Schema.Where(column => column.Name == StateColumn));
        ReadOnlyMemory<char> text = default;
        cursor.MoveNext();
        cursor.GetGetter<ReadOnlyMemory<char>>(row.Schema[StateColumn])(ref text);
        return SavedState.Parse(text.ToString());
    }

    /// <summary>Data without rows that have the input columns under their real names, too: what the chain is fitted on. One column may be several inputs.</summary>
    private static IDataView Example<TInput>(MLContext ml, IReadOnlyList<(string Column, string Temporary)> inputs)
        where TInput : class
    {
        var data = ml.Data.LoadFromEnumerable(Array.Empty<TInput>());
        return inputs.Aggregate(data, (view, input) => ml.Transforms.CopyColumns(input.Column, input.Temporary).Fit(view).Transform(view));
    }

    private static IEnumerable<string> NamesOf<TRow>() => SchemaDefinition.Create(typeof(TRow)).Select(column => column.ColumnName);

    internal sealed class NoColumns
    {
        public bool Unused { get; set; }
    }

    internal sealed class KeyRow
    {
        [ColumnName(KeyColumn)]
        public int Key { get; set; }
    }

    internal sealed class StateOfKey
    {
        public int Key { get; set; }

        public string State { get; set; } = "";
    }

    [CustomMappingFactoryAttribute(KeyContract)]
    internal sealed class KeyFactory : CustomMappingFactory<Nothing, KeyRow>
    {
        public override Action<Nothing, KeyRow> GetMapping() => static (_, row) => row.Key = 1;
    }

    internal sealed class Nothing;
}
