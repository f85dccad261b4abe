using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Training;

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
            if (result.GetValueOrDefault<string?>() is { } text && FaultOf(text) is { } fault)
            {
                result.AddError($"--devices takes numbers of GPUs such as 0,1 (or cuda:0,cuda:1, or cpu,cpu for a trial without one); got '{text}'. {fault}");
            }
        });
    }

    /// <summary>The devices as they were written; null when they were not given.</summary>
    public IReadOnlyList<string>? Find(CommandContext context) => context.Find(this) is { } text ? WordsOf(text) : null;

    private static string[] WordsOf(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>What the library says against the devices; null for nothing. Whether batches are large enough for them it says itself, when it knows their size.</summary>
    private static string? FaultOf(string text)
    {
        var words = WordsOf(text);
        try
        {
            new TrainingOptions { Devices = words, BatchSize = words.Length }.Validate();
            return null;
        }
        catch (ArgumentException fault)
        {
            return fault.Message;
        }
    }
}
