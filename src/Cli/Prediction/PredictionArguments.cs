using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging.Postprocessing;
using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Cli.Prediction;

/// <summary>The options that say how volumes are predicted, the same in every command that predicts.</summary>
internal sealed class PredictionArguments
{
    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Slices per forward pass.", HelpName = "N", DefaultValueFactory = _ => 4 };

    private readonly Option<string?> _postprocess = new("--postprocess")
    {
        Description = "Clean the labels by their connected components, in 3-D on the original grid: largest (keep the largest component of each organ), islands=N or islands=Nmm3 " +
            "(drop components below N voxels or mm³), holes (fill what one organ encloses); separated by commas. faces counts 6 neighbours in place of 26, labels=1+4 names the organs. Default: none.",
        HelpName = "STEP,STEP",
    };

    private readonly ChoiceOption<TestTimeAugmentation> _tta = new("--tta",
        "Test-time augmentation: flip sees each slice four times (as it is, columns reversed, rows reversed, both) and averages the probabilities; four times the work.",
        ("none", TestTimeAugmentation.None), ("flip", TestTimeAugmentation.Flip));

    private readonly OptionalChoice<Precision> _precision = CommonOptions.Precision();

    public PredictionArguments() => _batchSize.Takes("a number of slices, at least 1", count => count >= 1);

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> Options => [_postprocess, _tta, _batchSize, _precision];

    /// <summary>In which format the network computes; it goes to <see cref="SegmentationModelOptions.Precision"/>.</summary>
    public Precision Precision(CommandContext context) => _precision.Find(context.Parsed) ?? Modeling.Precision.Fp32;

    /// <summary>What they say.</summary>
    /// <exception cref="UsageException">A value is not of the form that the help shows.</exception>
    public PredictionOptions Resolve(CommandContext context) => new()
    {
        BatchSize = context.Get(_batchSize),
        Tta = _tta.ValueOf(context.Parsed),
        Postprocessing = PostprocessingOf(context.Find(_postprocess)),
    };

    private static PostprocessingOptions? PostprocessingOf(string? text)
    {
        try
        {
            return text is null or "none" ? null : PostprocessingOptions.Parse(text);
        }
        catch (FormatException fault)
        {
            throw new UsageException($"--postprocess: {fault.Message}");
        }
    }
}
