using System.CommandLine;
using System.Globalization;
using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Cli;

/// <summary>Options that mean the same in every command that has them.</summary>
internal static class CommonOptions
{
    /// <summary>Global: the stack trace of an error.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Print the stack trace of an error.", Recursive = true };

    /// <summary>Global: the user's own libtorch.</summary>
    public static Option<string?> LibTorch { get; } = new("--libtorch")
    {
        Description = "Folder of a libtorch 2.10 to use instead of the one shipped, e.g. .../site-packages/torch/lib. The environment variable SAMED_LIBTORCH says the same.",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>Where the result goes as JSON.</summary>
    public static Option<string?> Json() => new("--json") { Description = "Also write the result to this file as JSON.", HelpName = "FILE" };

    /// <summary>Which ids the label files use.</summary>
    public static Option<string?> Labels(string description) => new("--labels") { Description = description, HelpName = "synapse|btcv|totalsegmentator|amos|FILE.json" };

    /// <summary>Where torch computes.</summary>
    public static Option<string> Device()
    {
        var option = new Option<string>("--device")
        {
            Description = "Where to compute: auto takes the first GPU if there is one.",
            HelpName = "auto|cpu|cuda[:N]",
            DefaultValueFactory = _ => "auto",
        };
        option.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>() ?? "";
            var isIndexed = text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _);
            if (text is not ("auto" or "cpu" or "cuda") && !isIndexed)
            {
                result.AddError($"--device takes auto, cpu, cuda or cuda:N, got '{text}'.");
            }
        });
        return option;
    }

    /// <summary>The number format of the network's transformer layers.</summary>
    public static OptionalChoice<Precision> Precision() => new("--precision",
        "Number format of the transformer layers: bf16 halves the memory of the transformers' activations and is faster where the hardware multiplies it; weights, losses and files stay fp32. Default: fp32.",
        ("fp32", Modeling.Precision.Fp32), ("bf16", Modeling.Precision.Bf16));

    /// <summary>The seed of everything that is drawn.</summary>
    public static Option<int> Seed(int value) => new Option<int>("--seed")
    {
        Description = "Seed of everything random; the same seed gives the same result on the same machine.",
        HelpName = "N",
        DefaultValueFactory = _ => value,
    }.Takes(FormattableString.Invariant($"a whole number from {int.MinValue} to {int.MaxValue}"), _ => true);
}
