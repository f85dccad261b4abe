using System.CommandLine;

namespace SAMed.MLNet.Cli;

/// <summary>An option whose value is one of a few words and that may be left out, where something else decides then; another word is a usage error that lists them.</summary>
internal sealed class OptionalChoice<T> : Option<string?>
    where T : struct
{
    private readonly Dictionary<string, T> _values;

    public OptionalChoice(string name, string description, params (string Word, T Value)[] choices)
        : base(name)
    {
        _values = choices.ToDictionary(choice => choice.Word, choice => choice.Value, StringComparer.Ordinal);
        Description = description;
        HelpName = string.Join('|', _values.Keys);
        AcceptOnlyFromAmong([.. _values.Keys]);
    }

    /// <summary>What the given word stands for; null when the option was left out.</summary>
    public T? Find(ParseResult parsed) => parsed.GetValue(this) is { } word ? _values[word] : null;
}
