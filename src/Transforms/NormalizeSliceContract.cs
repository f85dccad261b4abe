using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SAMed.MLNet.Transforms.Rows.Saving;

namespace SAMed.MLNet.Transforms;

/// <summary>How a <see cref="NormalizeSliceTransformer"/> runs in a model that ML.NET has loaded by itself.</summary>
[CustomMappingFactoryAttribute(Name)]
internal sealed class NormalizeSliceContract : CustomMappingFactory<NormalizeSliceContract.Input, NormalizeSliceContract.Output>
{
    public const string Name = "SAMed.MLNet.NormalizeSlice";
    public const string InputColumn = "samed.normalize.in";
    public const string OutputColumn = "samed.normalize.out";

    public override Action<Input, Output> GetMapping()
    {
        var states = new StateCache<NormalizeSliceState>(saved => saved.Read<NormalizeSliceState>(NormalizeSliceTransformer.Kind));
        return (input, output) =>
        {
            var result = output.Slice;
            states.Of(input.State).Apply(input.Slice, ref result);
            output.Slice = result;
        };
    }

    internal sealed class Input
    {
        [ColumnName(StockChain.StateColumn)]
        public ReadOnlyMemory<char> State { get; set; }

        [ColumnName(InputColumn)]
        public VBuffer<float> Slice { get; set; }
    }

    internal sealed class Output
    {
        [ColumnName(OutputColumn)]
        public VBuffer<float> Slice { get; set; }
    }
}
