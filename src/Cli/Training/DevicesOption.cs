using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Cli.Hosting;

namespace SAMed.MLNet.Cli.Training;

/// <summary><c>--devices 0,1</c>.</summary>
internal sealed class DevicesOption : Option<string?>
{
    public DevicesOption()
        : base("--devices")
    {
        Description = "GPUs that share every batch, each with a copy of the network, for instance 0,1; --batch-size stays that of all of them together. Default: the one of --device.";
        HelpName = "N,N,...";
        Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"--devices takes numbers of GPUs such as 0,1 (or cuda:0,cuda:1, or cpu,cpu for a trial without one); got '{text}'.");
            }
        });
    }

    /// <summary>The devices, as <c>cuda:0</c>; null when they were not given.</summary>
    public IReadOnlyList<string>? Find(CommandContext context) => context.Find(this) is { } text ? Parse(text) : null;

    private static string[]? Parse(string text)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries);
        string[] names = [.. words.Select(NameOf).OfType<string>()];
        return names.Length == words.Length ? names : null;
    }

    private static string? NameOf(string word)
    {
        var number = word.StartsWith("cuda:", StringComparison.Ordinal) ? word[5..] : word;
        return word == "cpu" ? word : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? string.Create(CultureInfo.InvariantCulture, $"cuda:{index}") : null;
    }
}
