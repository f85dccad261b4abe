using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Training;

/// <summary><c>--seeds 1,2,3</c>.</summary>
internal sealed class SeedsOption : Option<string?>
{
    private readonly int _atLeast;

    public SeedsOption(string description, int atLeast)
        : base("--seeds")
    {
        _atLeast = atLeast;
        Description = description + " The split into training and validation stays that of --seed.";
        HelpName = "N,N,...";
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"--seeds takes {(_atLeast == 1 ? "one whole number or more, each once," : "two different whole numbers or more")} from {int.MinValue} to {int.MaxValue}, separated by commas; got '{text}'.");
            }
        });
    }

    /// <summary>The seeds; null when one run is wanted.</summary>
    public IReadOnlyList<long>? Find(CommandContext context) => context.Find(this) is { } text ? Parse(text) : null;

    private long[]? Parse(string text)
    {
        List<long> seeds = [];
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) || seeds.Contains(seed))
            {
                return null;
            }
            seeds.Add(seed);
        }
        return seeds.Count < _atLeast ? null : [.. seeds];
    }
}
