using Microsoft.ML;
using Microsoft.ML.Data;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Transforms.Rows;

namespace SAMed.MLNet.Estimators.Data;

/// <summary>The columns of <see cref="SliceDataView"/>, in this order.</summary>
internal static class SliceSchema
{
    public const int Case = 0, Slice = 1, Height = 2, Width = 3, SpacingX = 4, SpacingY = 5, SpacingZ = 6, Image = 7, Label = 8;

    public const string CaseName = nameof(Case);

    /// <summary>The schema; without a Label column when there are no labels, and without class names when no table says them.</summary>
    public static DataViewSchema Create(bool hasLabels, LabelTable? labels)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(CaseName, TextDataViewType.Instance);
        foreach (var name in new[] { nameof(Slice), nameof(Height), nameof(Width) })
        {
            builder.AddColumn(name, NumberDataViewType.Int32);
        }
        foreach (var name in new[] { nameof(SpacingX), nameof(SpacingY), nameof(SpacingZ) })
        {
            builder.AddColumn(name, NumberDataViewType.Single);
        }
        builder.AddColumn(nameof(Image), new VectorDataViewType(NumberDataViewType.Single));
        if (hasLabels)
        {
            builder.AddColumn(nameof(Label), new VectorDataViewType(NumberDataViewType.Byte), labels is null ? null : ClassNames.ToAnnotations([.. labels.Classes.Select(entry => entry.Name)]));
        }
        return builder.ToSchema();
    }
}
