using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Estimators.Rows;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Inference;

/// <summary>A <see cref="SamSegmentationTransformer"/> bound to a schema.</summary>
internal sealed class SegmentationMapping : BatchMapping
{
    private readonly SlicePredictor _predictor;
    private readonly DataViewSchema.Column _image;
    private readonly SliceSize _imageSize;
    private readonly (DataViewSchema.Column Height, DataViewSchema.Column Width)? _outputSize;

    /// <summary>Binds.</summary>
    /// <exception cref="Transforms.SchemaMismatchException">A column is missing or of another type.</exception>
    public SegmentationMapping(DataViewSchema schema, SegmentationColumns columns, SlicePredictor predictor, int batchSize)
        : base(schema, AddedBy(schema, columns, predictor))
    {
        (_predictor, BatchSize) = (predictor, batchSize);
        _image = schema[columns.Image];
        _imageSize = SliceSize.Bind(schema, _image, columns.Height, columns.Width, columns.ImageSize, predictor.Preprocessing.Channels);
        _outputSize = columns.RestoresSliceSize ? (schema[columns.Height], schema[columns.Width]) : null;
    }

    /// <inheritdoc/>
    public override int BatchSize { get; }

    /// <inheritdoc/>
    public override IEnumerable<int> Dependencies(int added) =>
        [_image.Index, .. _imageSize.Dependencies, .. _outputSize is { } size ? [size.Height.Index, size.Width.Index] : Array.Empty<int>()];

    /// <inheritdoc/>
    public override IDisposable BeginPass() => _predictor.HoldWeights();

    /// <inheritdoc/>
    public override BatchWork CreateWork(DataViewRow input, bool[] active) => new Work(this, input, active);

    private static AddedColumn[] AddedBy(DataViewSchema schema, SegmentationColumns columns, SlicePredictor predictor)
    {
        var image = InputColumns.RequireVector(schema, columns.Image, "image", NumberDataViewType.Single);
        (int Height, int Width) size = (0, 0);
        if (columns.RestoresSliceSize)
        {
            InputColumns.RequireScalar(schema, columns.Height, "height", NumberDataViewType.Int32);
            InputColumns.RequireScalar(schema, columns.Width, "width", NumberDataViewType.Int32);
        }
        else
        {
            size = SliceSize.FixedOf(image.Type, predictor.Preprocessing.Channels) ?? columns.ImageSize ?? size;
        }
        var labels = new AddedColumn(columns.PredictedLabel, new VectorDataViewType(NumberDataViewType.Byte, size.Height, size.Width),
            ClassNames.ToAnnotations([.. predictor.Classes.Select(entry => entry.Name)]));
        return columns.Probability is null
            ? [labels]
            : [labels, new(columns.Probability, new VectorDataViewType(NumberDataViewType.Single, predictor.Classes.Count + 1, size.Height, size.Width))];
    }

    private sealed class Work : BatchWork
    {
        private readonly SegmentationMapping _mapping;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly ValueGetter<VBuffer<float>>? _image;
        private readonly Func<(int Height, int Width)>? _imageSize;
        private readonly Func<(int Height, int Width)>? _outputSize;
        private readonly SliceInput[] _slices;
        private SliceOutput[] _results = [];
        private VBuffer<float> _buffer;

        public Work(SegmentationMapping mapping, DataViewRow input, bool[] active)
        {
            (_mapping, _input, _active, _slices) = (mapping, input, active, new SliceInput[mapping.BatchSize]);
            if (active.Contains(true))
            {
                _image = input.GetGetter<VBuffer<float>>(input.Schema[mapping._image.Index]);
                _imageSize = mapping._imageSize.CreateReader(input);
                _outputSize = mapping._outputSize is { } size ? SliceSize.CreateReader(input, size.Height, size.Width) : null;
            }
        }

        public override void Keep(int slot)
        {
            _image!(ref _buffer);
            var (height, width) = _imageSize!();
            _mapping._imageSize.Check(_buffer.Length, (height, width), _input.Position);
            var (outputHeight, outputWidth) = _outputSize?.Invoke() ?? (height, width);
            if (outputHeight < 1 || outputWidth < 1)
            {
                throw new InvalidOperationException($"Row {_input.Position} says that its slice is {outputHeight}×{outputWidth}; expected at least 1×1.");
            }
            _slices[slot] = new([.. _buffer.DenseValues()], height, width, outputHeight, outputWidth);
        }

        public override void Compute(int count, long firstRow) =>
            _results = _mapping._predictor.Predict(_slices[..count], firstRow, probabilities: _active is [_, true]);

        public override Delegate?[] Getters(Func<int> slot) =>
        [
            _active[0] ? (ValueGetter<VBuffer<byte>>)((ref VBuffer<byte> value) => Copy(Result(slot).Labels, ref value)) : null,
            .. _active.Length < 2 ? Array.Empty<Delegate?>()
                : [_active[1] ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(Result(slot).Probabilities!, ref value)) : null],
        ];

        /// <summary>Asking for the slot may compute the batch, so it comes before the results.</summary>
        private SliceOutput Result(Func<int> slot)
        {
            var index = slot();
            return _results[index];
        }

        private static void Copy<T>(T[] values, ref VBuffer<T> destination)
        {
            var editor = VBufferEditor.Create(ref destination, values.Length);
            values.CopyTo(editor.Values);
            destination = editor.Commit();
        }
    }
}
