using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;
using SAMed.MLNet.Transforms;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators;

/// <summary>Fine-tunes SAM with LoRA to segment slices without prompts, as an ML.NET estimator over the same training loop as the command line.</summary>
/// <remarks>Source: SAMed (Zhang and Liu, arXiv 2304.13785). Data are streamed in a new shuffled order every epoch; put <c>AppendCacheCheckpoint(mlContext)</c> before the
/// trainer to keep the prepared rows in memory instead. The device is the GPU that <c>mlContext.GpuDeviceId</c> names, else the first one, else the CPU.</remarks>
public sealed partial class SamLoraSegmentationTrainer : IEstimator<SamSegmentationTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly long _drawnSeed;

    /// <summary>A trainer; nothing is read or loaded before Fit.</summary>
    /// <param name="mlContext">Gives the seed, the device, and listeners to <c>Log</c>.</param>
    /// <param name="options">What to train and how.</param>
    /// <exception cref="ArgumentException">Lists the options that are not usable.</exception>
    /// <exception cref="SamOptionsException">The sizes of the architecture are not usable.</exception>
    /// <exception cref="AdapterOptionsException">The LoRA options are not usable.</exception>
    public SamLoraSegmentationTrainer(MLContext mlContext, Options options)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (options.Model with { NumClasses = options.Classes?.Count ?? 1, InputSize = null }).Validate();
        new LoraAdapter(options.Lora).Validate(options.Model.Depth);
        _context = mlContext;
        _host = ((IHostEnvironment)mlContext).Register(nameof(SamLoraSegmentationTrainer));
        // Drawn once, so that a second Fit of the same trainer gives the same weights.
        (_options, _drawnSeed) = (options, _host.Rand.Next());
    }

    /// <summary>Where the run is kept, if it is.</summary>
    internal string? OutputFolder => _options.OutputFolder;

    /// <summary>What it was made with.</summary>
    internal Options Settings => _options;

    /// <summary>Trains on <paramref name="input"/>.</summary>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or nothing says which classes there are.</exception>
    /// <exception cref="SliceDataException">A row holds a value that training cannot use, for instance a label above the class count.</exception>
    /// <exception cref="TrainingDivergedException">A loss or weight is not finite.</exception>
    /// <exception cref="RunFolderException">The OutputFolder holds a run already and Resume is false, or a different run.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public SamSegmentationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = _host.Start("Fit");
        try
        {
            return new Fitting(_context, _options with { Training = _options.Training with { Seed = Seed } }, new ChannelObserver(channel, _options.Progress)).Run(input);
        }
        catch (Exception fault) when (fault is not OperationCanceledException && CancellableDataView.IsCancellation(fault, _options.CancellationToken))
        {
            // Operators of ML.NET that read on a thread of their own wrap whatever ends it.
            throw new OperationCanceledException("Training was cancelled while data were read.", fault, _options.CancellationToken);
        }
    }

    /// <summary>The given one, else that of the run to continue, else the drawn one.</summary>
    private long Seed => _options.Training.Seed ?? (_options is { Resume: true, OutputFolder: { } folder } ? RunFolder.SeedOf(folder) : null) ?? _drawnSeed;

    /// <inheritdoc/>
    /// <exception cref="SchemaMismatchException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var image = InputColumns.RequireVector(inputSchema, _options.ImageColumnName, "image", NumberDataViewType.Single);
        InputColumns.RequireVector(inputSchema, _options.LabelColumnName, "label", NumberDataViewType.Byte);
        var hasSize = InputColumns.Has(inputSchema, _options.HeightColumnName) && InputColumns.Has(inputSchema, _options.WidthColumnName);
        if (hasSize || image.Kind == SchemaShape.Column.VectorKind.VariableVector)
        {
            InputColumns.RequireScalar(inputSchema, _options.HeightColumnName, "height", NumberDataViewType.Int32);
            InputColumns.RequireScalar(inputSchema, _options.WidthColumnName, "width", NumberDataViewType.Int32);
        }
        var labels = SchemaShapes.Vector<byte>(_options.PredictedLabelColumnName, NumberDataViewType.Byte, fixedSize: !hasSize);
        return SchemaShapes.With(inputSchema, _options.ProbabilityColumnName is { } probability
            ? [labels, SchemaShapes.Vector<float>(probability, NumberDataViewType.Single, fixedSize: !hasSize)]
            : [labels]);
    }
}
