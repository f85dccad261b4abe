namespace SAMed.MLNet.Transforms.Rows.Saving;

/// <summary>What a loaded transformer makes of its state, made once: every row brings the same text, in the same memory. Safe from several threads.</summary>
internal sealed class StateCache<T>(Func<SavedState, T> read)
    where T : class
{
    private readonly object _gate = new();
    private volatile Entry? _last;

    /// <summary>The value for <paramref name="state"/>.</summary>
    /// <exception cref="SavedModelException">The state is not readable.</exception>
    public T Of(ReadOnlyMemory<char> state)
    {
        if (_last is { } known && known.State.Equals(state))
        {
            return known.Value;
        }
        lock (_gate)
        {
            if (_last is not { } last || !last.State.Equals(state))
            {
                _last = last = new(state, read(SavedState.Parse(state.ToString())));
            }
            return last.Value;
        }
    }

    // Equality of a ReadOnlyMemory is that of the place, not of the characters: cheap, whatever the length.
    private sealed record Entry(ReadOnlyMemory<char> State, T Value);
}
