using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Which published result is computed again, and from what files.</summary>
public sealed record ReproductionOptions
{
    /// <summary>The result.</summary>
    public required ReproductionRecipe Recipe { get; init; }

    /// <summary>Folder of the test volumes, or the one that holds it as <c>test_vol_h5</c>.</summary>
    public required string Data { get; init; }

    /// <summary>The SAM checkpoint.</summary>
    public required string SamFile { get; init; }

    /// <summary>The LoRA file.</summary>
    public required string LoraFile { get; init; }

    /// <summary>Folder of the results: those of <see cref="TestProtocol"/>, and <c>reproduction.json</c>, <c>.csv</c> and <c>.md</c>. Nothing is written when a file is missing.</summary>
    public required string Output { get; init; }

    /// <summary>Cases to test in place of the recipe's, which makes it another result; null for the recipe's.</summary>
    public IReadOnlyList<string>? Cases { get; init; }

    /// <summary>Whether to go on with files or cases that are not the published ones; the report then says so. Default false.</summary>
    public bool AllowOtherFiles { get; init; }

    /// <summary>As <see cref="TestProtocolOptions.SaveNifti"/>.</summary>
    public bool SaveNifti { get; init; }

    /// <summary>As <see cref="TestProtocolOptions.PaperGeometry"/>.</summary>
    public bool PaperGeometry { get; init; }

    /// <summary>As <see cref="TestProtocolOptions.Prediction"/>. Post-processing is no part of the published results.</summary>
    public PredictionOptions Prediction { get; init; } = new();

    /// <summary>In which format the network computes. Default <see cref="Precision.Fp32"/>, as published.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>. Default auto.</summary>
    public string Device { get; init; } = "auto";

    internal IReadOnlyList<string> TestedCases => Cases ?? Recipe.Cases;
}
