namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>Makes values out of allowed calls and persistent ids; knows what storages the container has.</summary>
internal interface IPickleBuilder
{
    /// <summary>The value of an allowed name called with <paramref name="arguments"/>.</summary>
    object? Call(PickleGlobal global, IReadOnlyList<object?> arguments);

    /// <summary>The value of a persistent id.</summary>
    object? Persistent(object? id);
}
