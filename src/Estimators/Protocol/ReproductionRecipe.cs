using SAMed.MLNet.Estimators.Data.Preparation;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>A published result with everything that it was computed from.</summary>
public sealed record ReproductionRecipe
{
    private const string Drive = "https://drive.google.com/file/d/";

    /// <summary>Its name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>The SAM that is adapted.</summary>
    public required SamOptions Architecture { get; init; }

    /// <summary>Where LoRA sits.</summary>
    public required LoraPlacement Placement { get; init; }

    /// <summary>Rank of the LoRA file.</summary>
    public required int Rank { get; init; }

    /// <summary>Classes without background.</summary>
    public required int Classes { get; init; }

    /// <summary>Tensors in the LoRA file.</summary>
    public required int LoraTensors { get; init; }

    /// <summary>Numbers in these tensors.</summary>
    public required long LoraElements { get; init; }

    /// <summary>The SAM checkpoint.</summary>
    public required KnownFile Sam { get; init; }

    /// <summary>The authors' LoRA file. They publish no checksum, so it is recognised by its content.</summary>
    public required KnownFile Lora { get; init; }

    /// <summary>The test volumes.</summary>
    public required KnownFile Data { get; init; }

    /// <summary>Names of the test cases.</summary>
    public required IReadOnlyList<string> Cases { get; init; }

    /// <summary>The figures.</summary>
    public required PublishedResult Published { get; init; }

    // The links are those of the README of github.com/hitachinsk/SAMed and of its SAMed_h, file names those of its commands (SAMed_h's from its number of epochs);
    // the numbers of tensors follow from the architectures.

    /// <summary>SAMed: vit_b, LoRA in the encoder.</summary>
    public static ReproductionRecipe Samed { get; } = new()
    {
        Name = "samed", Architecture = SamOptions.VitB, Placement = LoraPlacement.Encoder, Rank = 4, Classes = 8, LoraTensors = 215, LoraElements = 4_913_877,
        Sam = KnownFile.SamVitB,
        Lora = new("epoch_159.pth", Drive + "1P0Bm-05l-rfeghbrT1B62v5eN-3A-uOr/view"),
        Data = new("test_vol_h5", Drive + "1RczbNSB37OzPseKJZ1tDxa5OO1IIICzK/view"),
        Cases = DataPreparationPresets.SynapseTestCases, Published = PublishedResult.Samed,
    };

    /// <summary>SAMed_s: vit_b, LoRA in the encoder and in the mask decoder's transformer.</summary>
    public static ReproductionRecipe SamedS { get; } = Samed with
    {
        Name = "samed_s", Placement = LoraPlacement.EncoderDecoder, LoraTensors = 161, LoraElements = 1_646_165,
        Lora = new("epoch_159.pth", Drive + "1rQM2md-h66RlRF3wC0m9N8aheOCvKfYv/view"),
        Published = PublishedResult.SamedS,
    };

    /// <summary>SAMed_h: vit_h, LoRA in the encoder.</summary>
    public static ReproductionRecipe SamedH { get; } = Samed with
    {
        Name = "samed_h", Architecture = SamOptions.VitH, LoraTensors = 295, LoraElements = 5_421_781,
        Sam = KnownFile.SamVitH,
        Lora = new("epoch_299.pth", Drive + "1Kx_vx9bcxJaiMYWAgljNtwtHcooUsq8m/view"),
        Published = PublishedResult.SamedH,
    };
}
