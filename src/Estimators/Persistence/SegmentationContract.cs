using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Estimators.Persistence;

/// <summary>How a <see cref="SamSegmentationTransformer"/> runs in a model that ML.NET has loaded by itself: row by row, with one network for all rows and threads, loaded with the
/// first row. One contract each for slices whose size is in the state or in columns, with and without probabilities.</summary>
internal static class SegmentationContract
{
    private const string ImageColumn = "samed.segment.image";
    private const string HeightColumn = "samed.segment.height";
    private const string WidthColumn = "samed.segment.width";
    private const string LabelColumn = "samed.segment.label";
    private const string ProbabilityColumn = "samed.segment.probability";

    /// <summary>Saves with the contract that fits.</summary>
    public static void Save(ModelSaveContext context, SavedSegmentation saved)
    {
        var columns = saved.Columns;
        var state = SavedState.Of(SavedSegmentation.Kind, saved);
        var hasSize = columns.RestoresSliceSize || columns.ImageSize is null;
        (string, string)[] inputs = hasSize
            ? [(columns.Image, ImageColumn), (columns.Height, HeightColumn), (columns.Width, WidthColumn)]
            : [(columns.Image, ImageColumn)];
        (string, string)[] outputs = columns.Probability is { } probability
            ? [(LabelColumn, columns.PredictedLabel), (ProbabilityColumn, probability)]
            : [(LabelColumn, columns.PredictedLabel)];
        switch (hasSize, columns.Probability is not null)
        {
            case (false, false):
                StockChain.Save(context, state, FixedLabels.Name, new FixedLabels(), inputs, outputs);
                break;
            case (true, false):
                StockChain.Save(context, state, SizedLabels.Name, new SizedLabels(), inputs, outputs);
                break;
            case (false, true):
                StockChain.Save(context, state, FixedProbabilities.Name, new FixedProbabilities(), inputs, outputs);
                break;
            case (true, true):
                StockChain.Save(context, state, SizedProbabilities.Name, new SizedProbabilities(), inputs, outputs);
                break;
        }
    }

    private static StateCache<SamSegmentationTransformer> Models()
    {
        // While ML.NET asks for the mapping it has the model file open; when rows come it may not.
        var beside = OpenModelFolders.Now();
        return new(state => state.Read<SavedSegmentation>(SavedSegmentation.Kind).Load(new BaseLocator(null, beside, []), Devices.Resolve("auto"), Precision.Fp32, TestTimeAugmentation.None));
    }

    private static SliceOutput Predict(StateCache<SamSegmentationTransformer> models, FixedInput input, (int Height, int Width)? size, bool probabilities) =>
        models.Of(input.State).PredictRow(input.Image, size, probabilities);

    internal class FixedInput
    {
        [ColumnName(StockChain.StateColumn)]
        public ReadOnlyMemory<char> State { get; set; }

        [ColumnName(ImageColumn)]
        public VBuffer<float> Image { get; set; }
    }

    internal sealed class SizedInput : FixedInput
    {
        [ColumnName(HeightColumn)]
        public int Height { get; set; }

        [ColumnName(WidthColumn)]
        public int Width { get; set; }
    }

    internal class Labels
    {
        [ColumnName(LabelColumn)]
        public VBuffer<byte> Label { get; set; }

        public void Take(SliceOutput output) => Label = new(output.Labels.Length, output.Labels);
    }

    internal sealed class Probabilities : Labels
    {
        [ColumnName(ProbabilityColumn)]
        public VBuffer<float> Probability { get; set; }

        public void TakeAll(SliceOutput output)
        {
            Take(output);
            Probability = new(output.Probabilities!.Length, output.Probabilities);
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class FixedLabels : CustomMappingFactory<FixedInput, Labels>
    {
        public const string Name = "SAMed.MLNet.Segmentation";

        public override Action<FixedInput, Labels> GetMapping()
        {
            var models = Models();
            return (input, output) => output.Take(Predict(models, input, null, probabilities: false));
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class SizedLabels : CustomMappingFactory<SizedInput, Labels>
    {
        public const string Name = "SAMed.MLNet.Segmentation.Sized";

        public override Action<SizedInput, Labels> GetMapping()
        {
            var models = Models();
            return (input, output) => output.Take(Predict(models, input, (input.Height, input.Width), probabilities: false));
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class FixedProbabilities : CustomMappingFactory<FixedInput, Probabilities>
    {
        public const string Name = "SAMed.MLNet.Segmentation.Probabilities";

        public override Action<FixedInput, Probabilities> GetMapping()
        {
            var models = Models();
            return (input, output) => output.TakeAll(Predict(models, input, null, probabilities: true));
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class SizedProbabilities : CustomMappingFactory<SizedInput, Probabilities>
    {
        public const string Name = "SAMed.MLNet.Segmentation.SizedProbabilities";

        public override Action<SizedInput, Probabilities> GetMapping()
        {
            var models = Models();
            return (input, output) => output.TakeAll(Predict(models, input, (input.Height, input.Width), probabilities: true));
        }
    }
}
