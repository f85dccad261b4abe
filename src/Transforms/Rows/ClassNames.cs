using Microsoft.ML;
using Microsoft.ML.Data;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>The names of the classes 1..C, attached to a label column as an annotation, so that trainers and evaluators need not be told.</summary>
internal static class ClassNames
{
    /// <summary>The annotation: a vector of text.</summary>
    public const string Kind = "ClassNames";

    /// <summary>Annotations that hold <paramref name="names"/>.</summary>
    public static DataViewSchema.Annotations ToAnnotations(IReadOnlyList<string> names)
    {
        var values = names.Select(name => name.AsMemory()).ToArray();
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(values.Length, [.. values]);
        builder.Add(Kind, new VectorDataViewType(TextDataViewType.Instance, values.Length), getter);
        return builder.ToAnnotations();
    }

    /// <summary>The names attached to <paramref name="column"/>; null when there are none.</summary>
    public static IReadOnlyList<string>? TryRead(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(Kind) is not { Type: VectorDataViewType { ItemType: TextDataViewType } })
        {
            return null;
        }
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(Kind, ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
