using Microsoft.ML;

namespace SAMed.MLNet.Transforms.Rows;

/// <summary>Values of small columns, where no buffer needs to be kept from row to row.</summary>
internal static class ValueGetters
{
    /// <summary>The value in the present row.</summary>
    public static T Read<T>(this ValueGetter<T> getter)
    {
        T value = default!;
        getter(ref value);
        return value;
    }
}
