using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Transforms;

/// <summary>One slice resized.</summary>
internal delegate void SliceResizer<T>(in VBuffer<T> slice, (int Height, int Width) size, ref VBuffer<T> result);

/// <summary>A <see cref="ResizeSliceTransformer"/> bound to a schema, for images (float) or labels (byte).</summary>
internal sealed class ResizeSliceMapping<T> : RowMapping
    where T : unmanaged
{
    private readonly SliceResizer<T> _resize;
    private readonly DataViewSchema.Column _input;
    private readonly SliceSize _size;

    public ResizeSliceMapping(ResizeSliceState state, DataViewSchema schema, SliceResizer<T> resize)
        : base(schema, [Output(state, schema)])
    {
        (_resize, _input) = (resize, schema[state.Input]);
        _size = SliceSize.Bind(schema, _input, state.HeightColumn, state.WidthColumn, state.InputSize, state.Channels);
    }

    public override IEnumerable<int> Dependencies(int added) => [_input.Index, .. _size.Dependencies];

    public override Delegate?[] CreateGetters(DataViewRow input, bool[] active)
    {
        if (!active[0])
        {
            return [null];
        }
        var read = input.GetGetter<VBuffer<T>>(input.Schema[_input.Index]);
        var readSize = _size.CreateReader(input);
        VBuffer<T> slice = default;
        return [(ValueGetter<VBuffer<T>>)((ref VBuffer<T> result) =>
        {
            read(ref slice);
            var size = readSize();
            _size.Check(slice.Length, size, input.Position);
            _resize(slice, size, ref result);
        })];
    }

    private static AddedColumn Output(ResizeSliceState state, DataViewSchema schema)
    {
        var input = ResizeSliceTransformer.Require(state, schema);
        var type = SliceSize.TypeOf(((VectorDataViewType)input.Type).ItemType, state.Channels, state.Size, state.Size);
        return new(state.Output, type, WithoutSlots(input.Annotations));
    }

    /// <summary>Annotations that say something about each pixel do not outlive a change of their number.</summary>
    private static DataViewSchema.Annotations WithoutSlots(DataViewSchema.Annotations annotations)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(annotations, kind => kind is not ("SlotNames" or "CategoricalSlotRanges"));
        return builder.ToAnnotations();
    }
}
