using System.CommandLine;

namespace SAMed.MLNet.Cli;

/// <summary>An option whose value is one of a few words; another word is a usage error that lists them.</summary>
internal sealed class ChoiceOption<T> : Option<string>
{
    private readonly Dictionary<string, T> _values;

    /// <summary>The first of <paramref name="choices"/> is the default.</summary>
    public ChoiceOption(string name, string description, params (string Word, T Value)[] choices)
        : base(name)
    {
        _values = choices.ToDictionary(choice => choice.Word, choice => choice.Value, StringComparer.Ordinal);
        Description = description;
        HelpName = string.Join('|', _values.Keys);
        DefaultValueFactory = _ => choices[0].Word;
        AcceptOnlyFromAmong([.. _values.Keys]);
    }

    /// <summary>What the given word stands for.</summary>
    public T ValueOf(ParseResult parsed) => _values[parsed.GetRequiredValue(this)];
}
