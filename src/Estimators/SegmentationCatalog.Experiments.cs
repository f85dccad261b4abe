using SAMed.MLNet.Estimators.Sweeps;

namespace SAMed.MLNet.Estimators;

public sealed partial class SegmentationCatalog
{
    /// <summary>An experiment that searches the values of a pipeline, such as the rank of LoRA and the learning rate, with the names of Microsoft.ML.AutoML.</summary>
    public SegmentationExperiment CreateExperiment() => new(_context);
}
