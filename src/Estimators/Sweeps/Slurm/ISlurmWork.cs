namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>One piece of work for a cluster: a trial, or a share of a folder of volumes. It can be begun again at any time and goes on where it was; its files say whether it is done.</summary>
internal interface ISlurmWork
{
    /// <summary>What it is, the same in every call of the program, such as <c>0007@3</c>.</summary>
    string Key { get; }

    /// <summary>What it is called in messages, such as <c>trial 7</c>.</summary>
    string Name { get; }

    /// <summary>The command of the program that does it.</summary>
    /// <param name="lessMemory">Whether an earlier attempt was killed for its memory.</param>
    IReadOnlyList<string> Words(bool lessMemory);

    /// <summary>Whether its files say that it is done.</summary>
    bool IsDone();

    /// <summary>Why it cannot be done, as its files say; null when they do not.</summary>
    string? Failure();

    /// <summary>How far it is: a number that grows. What got further before it was killed may be tried again for ever.</summary>
    long Progress();

    /// <summary>It runs: its files may have news for who listens.</summary>
    void Look();

    /// <summary>Something happened to it that who listens should know.</summary>
    void Note(string text);
}

/// <summary>A piece of work cannot be done on the cluster.</summary>
internal sealed class SlurmWorkFailedException(string message) : Exception(message);
