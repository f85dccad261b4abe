using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>What <see cref="TestProtocol"/> tests, how, and where the results go.</summary>
public sealed record TestProtocolOptions
{
    /// <summary>The SAM and the LoRA file.</summary>
    public required SegmentationModelOptions Model { get; init; }

    /// <summary>The cases in the order in which they are tested; <see cref="TestVolumes.Find"/> finds them. Each name occurs once.</summary>
    public required IReadOnlyList<LabelledFile> Cases { get; init; }

    /// <summary>Folder of the results: <c>test_log/log.txt</c>, <c>scores.json</c>, <c>scores.csv</c>, <c>scores.md</c> and, with <see cref="SaveNifti"/>, <c>predictions/</c>.</summary>
    public required string Output { get; init; }

    /// <summary>What the ids in the label files mean; null when they are the class ids 1..C themselves, as in the reference's data.</summary>
    public LabelTable? Labels { get; init; }

    /// <summary>Changes the way of a slice to the network; null for the way that the LoRA file was trained with (for files of the reference: the reference's).
    /// It gets that way and returns the one to take.</summary>
    public Func<PreprocessingOptions, PreprocessingOptions>? Preprocessing { get; init; }

    /// <summary>Unit of the distances. <see cref="DistanceUnit.Voxel"/> by default: the reference's unit, and that of the published figures.</summary>
    public DistanceUnit Unit { get; init; } = DistanceUnit.Voxel;

    /// <summary>The rule for empty masks by which the lines of the log are computed. <see cref="EmptyMaskPolicy.Paper"/> by default, the reference's;
    /// tables and files hold both rules whatever this says.</summary>
    public EmptyMaskPolicy LogPolicy { get; init; } = EmptyMaskPolicy.Paper;

    /// <summary>Whether to write prediction, image and reference of each case as <c>predictions/CASE_pred.nii.gz</c>, <c>_img</c> and <c>_gt</c>, on the geometry of the case's file. Default false.</summary>
    public bool SaveNifti { get; init; }

    /// <summary>Whether these files are the reference's instead: float32, spacing (1, 1, 1), no origin, axes that SimpleITK calls identity. Default false; goes with <see cref="SaveNifti"/>.</summary>
    public bool PaperGeometry { get; init; }

    /// <summary>Batch size, post-processing and so on. The defaults do no more than the reference, which takes one slice at a time.</summary>
    public PredictionOptions Prediction { get; init; } = new();

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Lists every fault.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (Cases.Count == 0)
        {
            faults.Add("there is no case to test");
        }
        if (Cases.GroupBy(file => file.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToArray() is { Length: > 0 } twice)
        {
            faults.Add($"the cases {string.Join(", ", twice)} are there more than once");
        }
        if (Cases.Where(file => file.Name.AsSpan().IndexOfAny('/', '\\') >= 0).Select(file => file.Name).ToArray() is { Length: > 0 } paths)
        {
            faults.Add($"the cases {string.Join(", ", paths)} have names that are paths; results are named after them");
        }
        if (string.IsNullOrWhiteSpace(Output))
        {
            faults.Add("Output must name a folder");
        }
        if (PaperGeometry && !SaveNifti)
        {
            faults.Add("PaperGeometry (--paper-geometry) says how files are saved, and SaveNifti (--save-nifti) is not set");
        }
        try
        {
            Prediction.Validate();
        }
        catch (ArgumentException fault)
        {
            faults.Add(fault.Message.TrimEnd('.'));
        }
        if (!Enum.IsDefined(Unit) || !Enum.IsDefined(LogPolicy))
        {
            faults.Add($"Unit is Millimetre or Voxel and LogPolicy Strict or Paper, got {Unit} and {LogPolicy}");
        }
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Test protocol: {string.Join("; ", faults)}.");
        }
    }
}
