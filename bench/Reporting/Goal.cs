namespace SAMed.MLNet.Bench.Reporting;

/// <summary>How a ratio is written.</summary>
internal enum RatioUnit
{
    /// <summary>So many times.</summary>
    Times,

    /// <summary>Per cent.</summary>
    Percent,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>10⁹ bytes.</summary>
    Gigabytes,

    /// <summary>Per second.</summary>
    PerSecond,
}

/// <summary>The number that a target is about, and the target.</summary>
/// <param name="Value">The number.</param>
/// <param name="Unit">How it is written.</param>
/// <param name="Limit">The target; null where none is set.</param>
/// <param name="AtLeast">Whether the number should be at least the limit, else at most.</param>
internal sealed record Goal(double Value, RatioUnit Unit, double? Limit = null, bool AtLeast = true)
{
    /// <summary>Whether the target is met; null where none is set.</summary>
    public bool? IsMet => Limit is not { } limit ? null : AtLeast ? Value >= limit : Value <= limit;

    /// <summary>The number as text.</summary>
    public string ValueText => Text(Value);

    /// <summary>The target as text, empty where none is set.</summary>
    public string LimitText => Limit is { } limit ? $"{(AtLeast ? "≥" : "≤")} {Text(limit)}" : "";

    private string Text(double number) => Unit switch
    {
        RatioUnit.Times => Numbers.Text($"{number:0.##}×"),
        RatioUnit.Percent => Numbers.Text($"{number * 100:0.##} %"),
        RatioUnit.Seconds => Numbers.Seconds(number),
        RatioUnit.Gigabytes => Numbers.Text($"{number / 1e9:0.###} GB"),
        RatioUnit.PerSecond => Numbers.Text($"{number:N0}/s"),
        _ => throw new InvalidOperationException($"The unit {Unit} has no text."),
    };
}
