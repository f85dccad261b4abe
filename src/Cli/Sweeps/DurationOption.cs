using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Sweeps;

/// <summary>An option that takes a time such as <c>2h</c>, <c>90m</c> or <c>1d12h</c>.</summary>
internal sealed partial class DurationOption : Option<string?>
{
    /// <summary>What a timer can wait for.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);

    public DurationOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "2h|90m|1d12h";
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"{name} takes a time in days, hours, minutes and seconds such as 2h, 90m or 1d12h, at most {s_longest.TotalDays} days; got '{text}'.");
            }
        });
    }

    /// <summary>The time; null when it was not given.</summary>
    public TimeSpan? Find(CommandContext context) => context.Find(this) is { } text ? Parse(text) : null;

    internal static TimeSpan? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }
        var seconds = Part(1) * 86400 + Part(2) * 3600 + Part(3) * 60 + Part(4);
        return seconds > 0 && seconds <= s_longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;

        double Part(int group) => match.Groups[group].Success ? double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^(?:(\d{1,6}(?:\.\d+)?)d)?(?:(\d{1,6}(?:\.\d+)?)h)?(?:(\d{1,6}(?:\.\d+)?)m)?(?:(\d{1,6}(?:\.\d+)?)s)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
