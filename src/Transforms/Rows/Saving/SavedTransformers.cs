using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows.Saving;

/// <summary>Turns a model as ML.NET loads it, where our transformers are chains of stock ones, back into what was saved.</summary>
internal static class SavedTransformers
{
    private static readonly TransformerScope[] Scopes = [TransformerScope.Training, TransformerScope.Testing, TransformerScope.Scoring];

    /// <summary>The transformers of <paramref name="loaded"/> with the scope of each, those of the kinds in <paramref name="rebuild"/> and of this project rebuilt, others as they are.</summary>
    /// <exception cref="SavedModelException">A part is damaged, of another version or of an unknown kind.</exception>
    public static IReadOnlyList<(ITransformer Transformer, TransformerScope Scope)> Rebuild(ITransformer loaded, IReadOnlyDictionary<string, Func<SavedState, ITransformer>> rebuild)
    {
        if (StockChain.TryReadState(loaded) is { } state)
        {
            return [(Typed(state, rebuild), TransformerScope.Everything)];
        }
        if (loaded is not TransformerChain<ITransformer> chain)
        {
            return [(loaded, TransformerScope.Everything)];
        }
        var members = Scopes.ToDictionary(scope => scope, scope => chain.GetModelFor(scope).ToHashSet(ReferenceEqualityComparer.Instance));
        return [.. chain.SelectMany(part => Rebuild(part, rebuild).Select(inner =>
            (inner.Transformer, inner.Scope & Scopes.Where(scope => members[scope].Contains(part)).Aggregate(TransformerScope.None, (all, scope) => all | scope))))];
    }

    private static ITransformer Typed(SavedState state, IReadOnlyDictionary<string, Func<SavedState, ITransformer>> rebuild) => state.Kind switch
    {
        NormalizeSliceTransformer.Kind => NormalizeSliceTransformer.FromState(state),
        ResizeSliceTransformer.Kind => ResizeSliceTransformer.FromState(state),
        _ when rebuild.TryGetValue(state.Kind, out var make) => make(state),
        _ => throw new SavedModelException($"The model holds a {state.Kind}, which this version of SAMed.MLNet ({SavedState.ThisVersion}) does not know; it was written by version {state.Writer}."),
    };
}
