namespace SAMed.MLNet.Estimators.Data;

/// <summary>Parts of a data set; they can be combined.</summary>
[Flags]
public enum DatasetParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The cases to train on.</summary>
    Training = 1,

    /// <summary>The cases that choose the best weights.</summary>
    Validation = 2,

    /// <summary>The cases that are kept for the last measurement, and never trained or validated on.</summary>
    Test = 4,

    /// <summary>Everything that may be learned from.</summary>
    TrainingAndValidation = Training | Validation,

    /// <summary>Every case of the split.</summary>
    All = Training | Validation | Test,
}

/// <summary>Which cases a data set sets aside for what, by name. A case that is in none of the lists is not used.</summary>
public sealed record DatasetSplit
{
    /// <summary>Cases to train on.</summary>
    public IReadOnlyList<string> Training { get; init; } = [];

    /// <summary>Cases to validate on.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Cases to test on; never trained or validated on.</summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>The cases of <paramref name="parts"/>.</summary>
    public IEnumerable<string> Of(DatasetParts parts) =>
        new[] { (DatasetParts.Training, Training), (DatasetParts.Validation, Validation), (DatasetParts.Test, Test) }
            .Where(part => parts.HasFlag(part.Item1)).SelectMany(part => part.Item2);
}
