using SAMed.MLNet.Estimators;

namespace Microsoft.ML
{
    /// <summary>Segmentation of medical images, beside ML.NET's own catalogs.</summary>
    public static class SegmentationExtensions
    {
        /// <summary>Trainers, models and evaluators of segmentation, as <c>mlContext.MulticlassClassification</c> has them for classification.</summary>
        public static SegmentationCatalog Segmentation(this MLContext mlContext)
        {
            ArgumentNullException.ThrowIfNull(mlContext);
            return new(mlContext);
        }
    }
}

namespace SAMed.MLNet.Estimators
{
    /// <summary>What can be done with segmentation in ML.NET: obtained by <c>mlContext.Segmentation()</c>.</summary>
    public sealed partial class SegmentationCatalog
    {
        private readonly Microsoft.ML.MLContext _context;

        internal SegmentationCatalog(Microsoft.ML.MLContext context) => _context = context;
    }
}
