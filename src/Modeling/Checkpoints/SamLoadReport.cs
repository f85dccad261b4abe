namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>What became of one key when a SAM file was loaded.</summary>
public enum SamLoadAction
{
    /// <summary>Taken from the file as it is.</summary>
    Copied,

    /// <summary>Positions of another image size, interpolated.</summary>
    Interpolated,

    /// <summary>Not usable for this number of classes: the network's own initial values stay.</summary>
    KeptInitial,
}

/// <summary>One key of the network and what became of it.</summary>
public sealed record SamLoadEntry(string Key, SamLoadAction Action);

/// <summary>What loading a SAM file did, key by key in the network's order (names without "sam.").</summary>
public sealed record SamLoadReport
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>What the file is.</summary>
    public required CheckpointSummary File { get; init; }

    /// <summary>Every key of SAM in the network.</summary>
    public required IReadOnlyList<SamLoadEntry> Entries { get; init; }

    /// <summary>Keys of the file that were not used: masks that this network does not have, and tensors outside the model.</summary>
    public required IReadOnlyList<string> Unused { get; init; }

    /// <summary>How many keys had that fate.</summary>
    public int Count(SamLoadAction action) => Entries.Count(entry => entry.Action == action);

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"{Path}: {File.Description}{(File.Prefix.Length > 0 ? $", names under '{File.Prefix}'" : string.Empty)}: {Count(SamLoadAction.Copied)} tensors copied, "
        + $"{Count(SamLoadAction.Interpolated)} interpolated to this image size, {Count(SamLoadAction.KeptInitial)} kept at their initial values, {Unused.Count} of the file not used";
}
