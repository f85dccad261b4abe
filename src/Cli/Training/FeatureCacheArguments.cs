using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Training;

namespace SAMed.MLNet.Cli.Training;

/// <summary>The options of <c>train</c> that become <see cref="FeatureCacheOptions"/>.</summary>
internal sealed class FeatureCacheArguments
{
    /// <summary>A pebibyte, more than any disk: what is above it is a slip of the pen, or bytes.</summary>
    private const double MostGiB = 1 << 20;

    private readonly Option<string?> _folder = new("--cache-features")
    {
        Description = "Keep what the encoder blocks below the first --lora-layers give for each training image, so that they are computed once; losses stay the same. " +
            "Needs --augmentation-set or --no-augment. Default without DIR: features/ in the output folder.",
        HelpName = "DIR",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<double?> _limit = NumberOption.Real("--cache-limit", "Most GiB that --cache-features may take; what does not fit is computed in every epoch. Default: as many as the disk has.",
        $"above 0 and at most {MostGiB} (GiB)", value => value is > 0 and <= MostGiB);

    /// <summary>Both.</summary>
    public IEnumerable<Option> Options => [_folder, _limit];

    /// <summary>The cache of a run with <paramref name="training"/> into <paramref name="output"/>; null without one.</summary>
    /// <exception cref="UsageException">The options do not go together.</exception>
    public FeatureCacheOptions? Resolve(CommandContext context, string output, TrainingOptions training)
    {
        var limit = context.Find(_limit);
        if (context.Parsed.GetResult(_folder) is null)
        {
            return limit is null ? null : throw new UsageException("--cache-limit is the limit of --cache-features, which is not given.");
        }
        if (training is { Augment: true, AugmentationSet: null })
        {
            throw new UsageException("--cache-features needs images that come again: say how many augmentations a slice has (--augmentation-set 8), or train without (--no-augment).");
        }
        return new() { Folder = context.Find(_folder) ?? Path.Combine(output, "features"), MaxBytes = limit is { } most ? (long)Math.Ceiling(most * (1 << 30)) : null };
    }
}
