namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Figures that a paper or its repository gives for a test set, computed by test.py: Dice in per cent, HD95 in voxels, the paper's rule for empty masks.</summary>
public sealed record PublishedResult
{
    private const string Paper = "Zhang and Liu, arXiv:2304.13785, and the tables of github.com/hitachinsk/SAMed";

    /// <summary>The method's name.</summary>
    public required string Name { get; init; }

    /// <summary>Mean over organs of the mean Dice, in per cent.</summary>
    public required double MeanDice { get; init; }

    /// <summary>Mean over organs of the mean HD95, in voxels.</summary>
    public required double MeanHd95 { get; init; }

    /// <summary>Mean Dice in per cent by the organ's name; empty where none is published.</summary>
    public IReadOnlyDictionary<string, double> OrganDice { get; init; } = new Dictionary<string, double>();

    /// <summary>Where the figures stand.</summary>
    public required string Source { get; init; }

    /// <summary>SAMed on Synapse.</summary>
    public static PublishedResult Samed { get; } = new()
    {
        Name = "SAMed", MeanDice = 81.88, MeanHd95 = 20.64, Source = Paper,
        OrganDice = Organs(spleen: 88.72, rightKidney: 79.95, leftKidney: 80.45, gallbladder: 69.11, liver: 94.80, stomach: 82.06, aorta: 87.77, pancreas: 72.17),
    };

    /// <summary>SAMed_s on Synapse; no figures of single organs are published.</summary>
    public static PublishedResult SamedS { get; } = new() { Name = "SAMed_s", MeanDice = 77.78, MeanHd95 = 31.72, Source = Paper };

    /// <summary>SAMed_h on Synapse.</summary>
    public static PublishedResult SamedH { get; } = new()
    {
        Name = "SAMed_h", MeanDice = 84.30, MeanHd95 = 16.02, Source = Paper,
        OrganDice = Organs(spleen: 90.46, rightKidney: 81.52, leftKidney: 85.76, gallbladder: 74.72, liver: 95.76, stomach: 87.77, aorta: 87.81, pancreas: 70.63),
    };

    private static Dictionary<string, double> Organs(
        double spleen, double rightKidney, double leftKidney, double gallbladder, double liver, double stomach, double aorta, double pancreas) => new()
    {
        ["spleen"] = spleen, ["right kidney"] = rightKidney, ["left kidney"] = leftKidney, ["gallbladder"] = gallbladder,
        ["liver"] = liver, ["stomach"] = stomach, ["aorta"] = aorta, ["pancreas"] = pancreas,
    };
}
