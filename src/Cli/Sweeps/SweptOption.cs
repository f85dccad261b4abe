using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>An option of <c>train</c> that takes several values in a sweep: a list, or a range of numbers.</summary>
internal sealed class SweptOption : Option<string?>
{
    private readonly string _parameter;
    private readonly SweptKind _kind;

    /// <summary>The option of a sweep in the place of <paramref name="single"/>.</summary>
    public SweptOption(Option single, string parameter, SweptKind kind)
        : base(single.Name)
    {
        (_parameter, _kind) = (parameter, kind);
        Description = single.Description;
        HelpName = kind switch
        {
            SweptKind.Blocks => "LIST[;LIST...]",
            SweptKind.Words => $"{single.HelpName}[,...]",
            _ => $"{single.HelpName},{single.HelpName},...|MIN..MAX[:log]",
        };
    }

    /// <summary>The dimension that was given; null when the option was left out.</summary>
    /// <exception cref="UsageException">The values are not of the form that the help shows.</exception>
    public Dimension? Find(CommandContext context) => context.Find(this) is { } text ? Parse(text) : null;

    private Dimension Parse(string text)
    {
        // Lists of blocks have commas of their own.
        var words = text.Split(_kind == SweptKind.Blocks ? ';' : ',', StringSplitOptions.TrimEntries);
        if (words.Contains(""))
        {
            throw Fault(text);
        }
        if (_kind is SweptKind.Words or SweptKind.Blocks)
        {
            return new ChoiceDimension(_parameter, words);
        }
        return words is [var range] && range.Contains("..", StringComparison.Ordinal)
            ? ParseRange(range, text)
            : new ChoiceDimension(_parameter, words.Select(word => _kind == SweptKind.Whole ? (object)Whole(word, text) : Real(word, text)));
    }

    private RangeDimension ParseRange(string range, string text)
    {
        var log = range.EndsWith(":log", StringComparison.Ordinal);
        var ends = (log ? range[..^4] : range).Split("..");
        return ends is [var min, var max]
            ? _kind == SweptKind.Whole
                ? new(_parameter, Whole(min, text), Whole(max, text), log, whole: true)
                : new(_parameter, Real(min, text), Real(max, text), log)
            : throw Fault(text);
    }

    private long Whole(string word, string text) => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Fault(text);

    private double Real(string word, string text) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw Fault(text);

    private UsageException Fault(string text) => new($"{Name} takes {_kind switch
    {
        SweptKind.Whole => "whole numbers separated by commas (1,4,16), or a range such as 1..16 or 1..16:log",
        SweptKind.Real => "numbers separated by commas (0.001,0.005), or a range such as 1e-4..1e-2 or 1e-4..1e-2:log",
        SweptKind.Blocks => "lists of encoder blocks separated by semicolons, such as 0-11;6-11",
        _ => "words separated by commas",
    }}; got '{text}'.");
}

/// <summary>What the values of a <see cref="SweptOption"/> are.</summary>
internal enum SweptKind
{
    Whole,
    Real,
    Words,
    Blocks,
}
