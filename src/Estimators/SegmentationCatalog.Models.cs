using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Persistence;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Estimators;

public sealed partial class SegmentationCatalog
{
    /// <summary>Loads a pipeline that <c>mlContext.Model.Save</c> wrote, with its transformers as they were: batches while streaming, fixed sizes in the schema, disposable.
    /// (<c>mlContext.Model.Load</c> gives stock parts with the same predictions, a row at a time.)</summary>
    /// <param name="path">The model's zip file.</param>
    /// <param name="options">Where its SAM checkpoint is and where to run it; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="BaseNotFoundException">The SAM checkpoint is nowhere; the message names every place.</exception>
    /// <exception cref="SavedModelException">The file holds no segmentation model at its end, is damaged, or was written by another version.</exception>
    /// <exception cref="ArgumentException">A SAM checkpoint is named for a model that needs none.</exception>
    public TransformerChain<SamSegmentationTransformer> LoadModel(string path, LoadModelOptions? options = null) => LoadModel(path, out _, options);

    /// <summary>As <see cref="LoadModel(string, LoadModelOptions?)"/>, with the schema of the data that the pipeline was fitted on.</summary>
    /// <param name="path">The model's zip file.</param>
    /// <param name="inputSchema">The schema that was saved with the model.</param>
    /// <param name="options">Where its SAM checkpoint is and where to run it; null for the defaults.</param>
    public TransformerChain<SamSegmentationTransformer> LoadModel(string path, out DataViewSchema inputSchema, LoadModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no model file {path}.", path);
        }
        options ??= new();
        var locator = new BaseLocator(options.SamFile, [Path.GetDirectoryName(Path.GetFullPath(path))!], options.BaseFolders);
        var stock = LoadStock(path, out inputSchema);
        List<SamSegmentationTransformer> made = [];
        var complete = false;
        try
        {
            var parts = SavedTransformers.Rebuild(stock, new Dictionary<string, Func<SavedState, ITransformer>>
            {
                [SavedSegmentation.Kind] = state =>
                {
                    var device = options.Device is { } name ? Devices.Resolve(name) : MLContextDevice.Of(_context, observer: null);
                    made.Add(state.Read<SavedSegmentation>(SavedSegmentation.Kind).Load(locator, device, options.Precision, options.Tta));
                    return made[^1];
                },
            });
            complete = parts is [.., { Transformer: SamSegmentationTransformer }];
            return complete
                ? new(parts.Select(part => part.Transformer), parts.Select(part => part.Scope))
                : throw new SavedModelException($"{path} does not end in a segmentation model of SAMed.MLNet. Load it with mlContext.Model.Load.");
        }
        catch (SavedModelException fault) when (!fault.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new SavedModelException($"{path}: {fault.Message}", fault);
        }
        catch (BaseNotFoundException fault)
        {
            throw new BaseNotFoundException($"{path}: {fault.Message}");
        }
        finally
        {
            if (!complete)
            {
                made.ForEach(model => model.Dispose());
            }
        }
    }

    /// <summary>A transformer from files that <c>samed train</c> or the authors' code trained. It windows and resizes slices itself, as they were in training: give it images as LoadSlices
    /// reads them, in file intensities.</summary>
    /// <param name="files">The LoRA file and the SAM checkpoint it belongs to; the device <c>auto</c> is what <c>mlContext.GpuDeviceId</c> says.</param>
    /// <param name="normalized">Whether the images are in [0, 1] already, as in the reference's npz and h5 files: no window is applied then. Default false.</param>
    /// <param name="probabilityColumnName">Column to add with probabilities; null for none.</param>
    /// <param name="tta">Whether slices are seen flipped too and probabilities averaged. What is saved with <c>mlContext.Model.Save</c> does not remember it.</param>
    /// <exception cref="BaseNotFoundException">The SAM checkpoint is not named and not beside the LoRA file.</exception>
    /// <exception cref="CheckpointFormatException">A file is damaged or of another format.</exception>
    /// <exception cref="CheckpointMismatchException">The files do not belong together.</exception>
    public SamSegmentationTransformer FromCheckpoint(SegmentationModelOptions files, bool normalized = false, string? probabilityColumnName = null,
        TestTimeAugmentation tta = TestTimeAugmentation.None)
    {
        ArgumentNullException.ThrowIfNull(files);
        var names = new SamLoraSegmentationTrainer.Options();
        var model = SegmentationModel.Load(files.Device == "auto" ? files with { Device = MLContextDevice.Of(_context, observer: null).ToString() } : files);
        var columns = new SegmentationColumns
        {
            Image = names.ImageColumnName,
            PredictedLabel = names.PredictedLabelColumnName,
            Probability = probabilityColumnName,
            Height = names.HeightColumnName,
            Width = names.WidthColumnName,
            RestoresSliceSize = true,
        };
        var basis = model.SamFile is { } path ? new ModelBase { FileName = Path.GetFileName(path), Sha256 = model.SamSha256 } : new ModelBase();
        return new(new SlicePredictor(model.Network, model.Device, model.Preprocessing(normalized), model.Classes) { Tta = tta }, columns, names.PredictionBatchSize, basis, result: null);
    }

    private ITransformer LoadStock(string path, out DataViewSchema inputSchema)
    {
        try
        {
            return _context.Model.Load(path, out inputSchema);
        }
        catch (Exception fault) when (fault is EndOfStreamException || (fault.InnerException ?? fault) is not (IOException or UnauthorizedAccessException or OutOfMemoryException))
        {
            // ML.NET lets through whatever its parts ran into, of any type, often wrapped by reflection.
            throw new SavedModelException($"{path} is no ML.NET model, or a damaged one: {(fault.InnerException ?? fault).Message}", fault);
        }
    }
}
