using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Transforms.Rows;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms;

/// <summary>How a <see cref="ResizeSliceTransformer"/> runs in a model that ML.NET has loaded by itself: one contract each for images and labels, with the input's
/// size in the state or in columns.</summary>
internal static class ResizeSliceContract
{
    public const string SliceColumn = "samed.resize.in";
    public const string HeightColumn = "samed.resize.height";
    public const string WidthColumn = "samed.resize.width";
    public const string OutputColumn = "samed.resize.out";

    /// <summary>Saves with the contract that fits.</summary>
    public static void Save(ModelSaveContext context, SavedState saved, ResizeSliceState state)
    {
        (string, string)[] slice = [(state.Input, SliceColumn)];
        (string, string)[] sized = [.. slice, (state.HeightColumn, HeightColumn), (state.WidthColumn, WidthColumn)];
        (string, string)[] outputs = [(OutputColumn, state.Output)];
        switch (state.IsLabel, state.InputSize is not null)
        {
            case (false, true):
                StockChain.Save(context, saved, FixedImage.Name, new FixedImage(), slice, outputs);
                break;
            case (false, false):
                StockChain.Save(context, saved, SizedImage.Name, new SizedImage(), sized, outputs);
                break;
            case (true, true):
                StockChain.Save(context, saved, FixedLabel.Name, new FixedLabel(), slice, outputs);
                break;
            case (true, false):
                StockChain.Save(context, saved, SizedLabel.Name, new SizedLabel(), sized, outputs);
                break;
        }
    }

    private static StateCache<ResizeSliceState> States() => new(saved => saved.Read<ResizeSliceState>(ResizeSliceTransformer.Kind));

    private static void Map(StateCache<ResizeSliceState> states, FixedInput<float> input, (int, int)? size, Output<float> output)
    {
        var state = states.Of(input.State);
        var result = output.Slice;
        state.Apply(input.Slice, Checked(state, input.Slice.Length, size), ref result);
        output.Slice = result;
    }

    private static void Map(StateCache<ResizeSliceState> states, FixedInput<byte> input, (int, int)? size, Output<byte> output)
    {
        var state = states.Of(input.State);
        var result = output.Slice;
        state.Apply(input.Slice, Checked(state, input.Slice.Length, size), ref result);
        output.Slice = result;
    }

    private static (int Height, int Width) Checked(ResizeSliceState state, int length, (int Height, int Width)? given)
    {
        var size = given ?? state.InputSize!.Value;
        SliceSize.Check(length, size, state.Input, given is null ? null : state.HeightColumn, state.WidthColumn, channels: state.Channels);
        return size;
    }

    internal class FixedInput<T>
    {
        [ColumnName(StockChain.StateColumn)]
        public ReadOnlyMemory<char> State { get; set; }

        [ColumnName(SliceColumn)]
        public VBuffer<T> Slice { get; set; }
    }

    internal sealed class SizedInput<T> : FixedInput<T>
    {
        [ColumnName(HeightColumn)]
        public int Height { get; set; }

        [ColumnName(WidthColumn)]
        public int Width { get; set; }
    }

    internal sealed class Output<T>
    {
        [ColumnName(OutputColumn)]
        public VBuffer<T> Slice { get; set; }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class FixedImage : CustomMappingFactory<FixedInput<float>, Output<float>>
    {
        public const string Name = "SAMed.MLNet.ResizeSlice.Image";

        public override Action<FixedInput<float>, Output<float>> GetMapping()
        {
            var states = States();
            return (input, output) => Map(states, input, null, output);
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class SizedImage : CustomMappingFactory<SizedInput<float>, Output<float>>
    {
        public const string Name = "SAMed.MLNet.ResizeSlice.SizedImage";

        public override Action<SizedInput<float>, Output<float>> GetMapping()
        {
            var states = States();
            return (input, output) => Map(states, input, (input.Height, input.Width), output);
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class FixedLabel : CustomMappingFactory<FixedInput<byte>, Output<byte>>
    {
        public const string Name = "SAMed.MLNet.ResizeSlice.Label";

        public override Action<FixedInput<byte>, Output<byte>> GetMapping()
        {
            var states = States();
            return (input, output) => Map(states, input, null, output);
        }
    }

    [CustomMappingFactoryAttribute(Name)]
    internal sealed class SizedLabel : CustomMappingFactory<SizedInput<byte>, Output<byte>>
    {
        public const string Name = "SAMed.MLNet.ResizeSlice.SizedLabel";

        public override Action<SizedInput<byte>, Output<byte>> GetMapping()
        {
            var states = States();
            return (input, output) => Map(states, input, (input.Height, input.Width), output);
        }
    }
}
