using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Training;

/// <summary><c>--seeds 1,2,3</c>.</summary>
internal sealed class SeedsOption : Option<string?>
{
    public SeedsOption()
        : base("--seeds")
    {
        Description = "Train once with each of these seeds, into --output/seed_N, and report the mean of the best validation Dice with its 95 % interval. The split into training and validation stays that of --seed.";
        HelpName = "N,N,...";
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"--seeds takes two different whole numbers or more from {int.MinValue} to {int.MaxValue}, separated by commas; got '{text}'.");
            }
        });
    }

    /// <summary>The seeds; null when one run is wanted.</summary>
    public IReadOnlyList<long>? Find(CommandContext context) => context.Find(this) is { } text ? Parse(text) : null;

    private static long[]? Parse(string text)
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
        return seeds.Count < 2 ? null : [.. seeds];
    }
}
