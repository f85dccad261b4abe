using System.CommandLine;
using System.Globalization;

namespace SAMed.MLNet.Cli;

/// <summary>Options that take a number in a range and may be left out; another number is a usage error that says the range.</summary>
internal static class NumberOption
{
    /// <summary>A whole number.</summary>
    public static Option<int?> Whole(string name, string description, int atLeast)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } value && value < atLeast)
            {
                result.AddError($"{name} takes a whole number, at least {atLeast}; got {value}.");
            }
        });
        return option;
    }

    /// <summary>A finite number for which <paramref name="holds"/> is true, as <paramref name="expected"/> says.</summary>
    public static Option<double?> Real(string name, string description, string expected, Func<double, bool> holds)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "X" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && !(double.IsFinite(value) && holds(value)))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number, {expected}; got {value}."));
            }
        });
        return option;
    }
}
