using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace SAMed.MLNet.Cli;

/// <summary>Options that take a number in a range. Whatever else is given, another number or no number at all, is a usage error that says the range and what was given.
/// Numbers are written with a point, whatever the machine's language.</summary>
internal static class NumberOption
{
    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Whole(string name, string description, int atLeast) =>
        new Option<int?>(name) { Description = description, HelpName = "N" }.Takes($"a whole number, at least {atLeast}", value => value >= atLeast);

    /// <summary>A finite number for which <paramref name="holds"/> is true, as <paramref name="expected"/> says; it may be left out.</summary>
    public static Option<double?> Real(string name, string description, string expected, Func<double, bool> holds) =>
        new Option<double?>(name) { Description = description, HelpName = "X" }.Takes("a number, " + expected, holds);

    /// <summary>Makes an option that may be left out refuse what is not <paramref name="what"/>.</summary>
    public static Option<T?> Takes<T>(this Option<T?> option, string what, Func<T, bool> holds)
        where T : struct, INumberBase<T>
    {
        option.CustomParser = result => Parse(result, option.Name, what, holds);
        return option;
    }

    /// <summary>The same for an option with a default.</summary>
    public static Option<T> Takes<T>(this Option<T> option, string what, Func<T, bool> holds)
        where T : struct, INumberBase<T>
    {
        option.CustomParser = result => Parse(result, option.Name, what, holds) ?? default;
        return option;
    }

    private static T? Parse<T>(ArgumentResult result, string name, string what, Func<T, bool> holds)
        where T : struct, INumberBase<T>
    {
        // Half of one is no integer where the type has fractions.
        var style = T.IsInteger(T.One / (T.One + T.One)) ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (result.Tokens is [var token] && T.TryParse(token.Value, style, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value) && holds(value))
        {
            return value;
        }
        result.AddError($"{name} takes {what}; got {string.Join(' ', result.Tokens.Select(given => given.Value))}.");
        return null;
    }
}
