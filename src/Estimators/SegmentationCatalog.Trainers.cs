using Microsoft.ML;

namespace SAMed.MLNet.Estimators;

public sealed partial class SegmentationCatalog
{
    /// <summary>The trainers.</summary>
    public SegmentationTrainers Trainers => new(_context);
}

/// <summary>Trainers of segmentation: obtained by <c>mlContext.Segmentation().Trainers</c>.</summary>
public sealed class SegmentationTrainers
{
    private readonly MLContext _context;

    internal SegmentationTrainers(MLContext context) => _context = context;

    /// <summary>Fine-tunes SAM with LoRA.</summary>
    /// <param name="options">What to train and how; null for the defaults, which are the published recipe from random weights.</param>
    /// <exception cref="ArgumentException">Lists every option that is not usable.</exception>
    public SamLoraSegmentationTrainer SamLora(SamLoraSegmentationTrainer.Options? options = null) => new(_context, options ?? new());
}
