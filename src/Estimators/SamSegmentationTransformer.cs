using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Persistence;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators;

/// <summary>A trained SAM that adds a label map, and if asked for probabilities, to every slice.</summary>
/// <remarks>Rows are segmented in batches while they stream, when the first prediction of a batch is asked for. The network is held once, whatever is made of the transformer;
/// it may be used from several threads, of which one at a time is in the network. Dispose it to free the network's memory; a PredictionEngine disposes its model with itself,
/// unless it is made with <c>OwnsTransformer = false</c>. Pixels that are NaN or infinite count as 0, as after NormalizeSlice.</remarks>
public sealed class SamSegmentationTransformer : ITransformer, IDisposable
{
    private readonly SlicePredictor _predictor;
    private readonly SegmentationColumns _columns;
    private readonly int _batchSize;
    private readonly ModelBase _basis;

    internal SamSegmentationTransformer(SlicePredictor predictor, SegmentationColumns columns, int batchSize, ModelBase basis, TrainingResult? result)
    {
        (_predictor, _columns, _batchSize, _basis, TrainingResult) = (predictor, columns, batchSize, basis, result);
    }

    /// <summary>The classes 1..C.</summary>
    public IReadOnlyList<LabelClass> Classes => _predictor.Classes;

    /// <summary>How training ended; null for a model that was loaded.</summary>
    public TrainingResult? TrainingResult { get; }

    /// <summary>The device that the network lies on, for instance <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device => _predictor.Device.ToString();

    /// <summary>The column read: Vector&lt;Single&gt;, [h, w].</summary>
    public string ImageColumnName => _columns.Image;

    /// <summary>The column added: Vector&lt;Byte&gt;, [H, W] class ids.</summary>
    public string PredictedLabelColumnName => _columns.PredictedLabel;

    /// <summary>The column added with Vector&lt;Single&gt;, [C+1, H, W] probabilities; null for none.</summary>
    public string? ProbabilityColumnName => _columns.Probability;

    /// <summary>Always true.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer is disposed.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer is disposed.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new RowMapper(Bind(inputSchema));

    /// <summary>Adds predictions to <paramref name="input"/>, lazily.</summary>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer is disposed.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedDataView(input, Bind(input.Schema));
    }

    /// <summary>Writes the trained part as a LoRA file that <c>samed predict</c> and the authors' code load. Where a pipeline windows or resizes slices before the
    /// transformer, the file cannot know: give <paramref name="preprocessing"/> then.</summary>
    /// <param name="path">.pth or .safetensors; replaced whole when it exists.</param>
    /// <param name="preprocessing">The way of a slice from its file to the network; null records what the transformer itself does.</param>
    /// <exception cref="InvalidOperationException">The model was trained from random weights with a frozen image encoder, which no file holds.</exception>
    /// <exception cref="ObjectDisposedException">The transformer is disposed.</exception>
    public void SaveLora(string path, PreprocessingOptions? preprocessing = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (_basis.InitialSha256 is not null)
        {
            throw new InvalidOperationException("The model was trained from random weights with a frozen image encoder: a LoRA file of it would fit no SAM checkpoint. Save it with mlContext.Model.Save, or train from a SamFile or with TrainEncoder.");
        }
        WriteLora(path, preprocessing);
    }

    /// <summary>Writes the LoRA file, whatever it belongs to.</summary>
    internal void WriteLora(string path, PreprocessingOptions? preprocessing = null)
    {
        var metadata = TrainedMetadata.Of(preprocessing ?? _predictor.Preprocessing, [.. Classes.Select(entry => entry.Name)], _basis.FileName, _basis.Sha256);
        _predictor.Run(network =>
        {
            LoraCheckpoint.Save(network, path, metadata);
            return true;
        });
    }

    /// <summary>Frees the network, after waiting for a forward pass that is under way.</summary>
    public void Dispose() => _predictor.Dispose();

    /// <summary>Forward passes so far.</summary>
    internal int Passes => _predictor.Passes;

    /// <summary>Gives the network to <paramref name="read"/> while nobody else uses it.</summary>
    internal T Read<T>(Func<Modeling.SamNetwork, T> read) => _predictor.Run(read);

    /// <summary>One row, for models that ML.NET has loaded by itself. <paramref name="size"/> is that of the slice in its file, when the model needs it.</summary>
    internal SliceOutput PredictRow(in VBuffer<float> image, (int Height, int Width)? size, bool probabilities)
    {
        var (height, width) = _columns.ImageSize ?? size!.Value;
        SliceSize.Check(image.Length, (height, width), _columns.Image, _columns.ImageSize is null ? _columns.Height : null, _columns.Width, channels: _predictor.Preprocessing.Channels);
        var (outputHeight, outputWidth) = _columns.RestoresSliceSize ? size!.Value : (height, width);
        return _predictor.Predict([new([.. image.DenseValues()], height, width, outputHeight, outputWidth)], firstRow: 0, probabilities)[0];
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SegmentationContract.Save(ctx, SavedSegmentation.Of(this, _columns, _batchSize, _basis));

    private SegmentationMapping Bind(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _predictor.ThrowIfDisposed();
        return new(schema, _columns, _predictor, _batchSize);
    }
}
