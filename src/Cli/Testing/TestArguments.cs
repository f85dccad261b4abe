using System.CommandLine;
using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Cli.Prediction;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Metrics;
using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Cli.Testing;

/// <summary>The options of the test protocol that <c>test</c> and <c>reproduce</c> share.</summary>
internal sealed class TestArguments
{
    private static readonly string[] s_results = ["test_log", "predictions", "scores.json", "scores.csv", "scores.md", "reproduction.json", "reproduction.csv", "reproduction.md"];

    private readonly Option<string> _sam;
    private readonly Option<string> _lora;
    private readonly Option<bool> _saveNifti = new("--save-nifti") { Description = "Also write OUTPUT/predictions/CASE_pred.nii.gz, CASE_img.nii.gz and CASE_gt.nii.gz on the geometry of the case's file." };
    private readonly Option<bool> _paperGeometry = new("--paper-geometry") { Description = "Write them as the reference does: float32, spacing 1 1 1, no origin. Goes with --save-nifti." };

    private readonly ChoiceOption<DistanceUnit> _spacing = new("--spacing", "Measure distances in voxels as the published numbers do, or in mm by the files' geometry.",
        ("voxel", DistanceUnit.Voxel), ("geometry", DistanceUnit.Millimetre));

    private readonly ChoiceOption<EmptyMaskPolicy> _policy = new("--policy", "The rule for empty masks in the lines of the log: paper is test.py's. The table and the files hold both.",
        ("paper", EmptyMaskPolicy.Paper), ("strict", EmptyMaskPolicy.Strict));

    private readonly PredictionArguments _prediction = new();

    /// <summary>The options; <paramref name="sam"/> and <paramref name="lora"/> say what the two files are in this command.</summary>
    public TestArguments(string sam, bool samRequired, string lora)
    {
        _sam = new("--sam") { Description = sam, HelpName = "FILE", Required = samRequired };
        _lora = new("--lora") { Description = lora, HelpName = "FILE", Required = true };
    }

    /// <summary>Folder of the results.</summary>
    public Option<string> Output { get; } = new("--output") { Description = "Folder for test_log/log.txt, the scores (scores.json, .csv, .md), run.json and, with --save-nifti, predictions/.", HelpName = "DIR", Required = true };

    /// <summary>What the commands write into their folder of results.</summary>
    public static IEnumerable<string> ResultsOf(CommandContext context, string output) =>
        s_results.Select(name => Path.Combine(output, name)).Concat(CommandRecord.PathsIn(context, output));

    /// <summary>Where to compute.</summary>
    public Option<string> Device { get; } = CommonOptions.Device();

    /// <summary>The model files.</summary>
    public IEnumerable<Option> Files => [_sam, _lora];

    /// <summary>How scores are computed and told.</summary>
    public IEnumerable<Option> Scoring => [_spacing, _policy];

    /// <summary>All others, in the order of the help.</summary>
    public IEnumerable<Option> Others => [_saveNifti, _paperGeometry, .. _prediction.Options, Device];

    /// <summary>The SAM file that was given, if any.</summary>
    public string? Sam(CommandContext context) => context.Find(_sam);

    /// <summary>The LoRA file.</summary>
    public string Lora(CommandContext context) => context.Get(_lora);

    /// <summary>How volumes are predicted.</summary>
    public PredictionOptions Prediction(CommandContext context) => _prediction.Resolve(context);

    /// <summary>In which format the network computes.</summary>
    public Precision Precision(CommandContext context) => _prediction.Precision(context);

    /// <summary>Which volumes are saved, and how.</summary>
    /// <exception cref="UsageException">The two options contradict each other.</exception>
    public (bool SaveNifti, bool PaperGeometry) Saving(CommandContext context) => (context.Find(_saveNifti), context.Find(_paperGeometry)) is (var save, var paper) && (save || !paper)
        ? (save, paper)
        : throw new UsageException("--paper-geometry says how volumes are saved, and --save-nifti is not given: add it, or leave both out.");

    /// <summary>The unit of distances, and the rule of the log.</summary>
    public (DistanceUnit Unit, EmptyMaskPolicy LogPolicy) Scores(CommandContext context) => (_spacing.ValueOf(context.Parsed), _policy.ValueOf(context.Parsed));
}
