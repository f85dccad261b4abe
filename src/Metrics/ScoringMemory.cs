namespace SAMed.MLNet.Metrics;

/// <summary>Memory that the measurement of one organ after the other uses again, from any number of threads. What comes out of it holds whatever was in it last.</summary>
internal sealed class ScoringMemory
{
    private readonly List<byte[]> _bytes = [];
    private readonly List<double[]> _values = [];

    /// <summary>At least <paramref name="length"/> bytes.</summary>
    public byte[] TakeBytes(int length) => Take(_bytes, length);

    /// <summary>At least <paramref name="length"/> values.</summary>
    public double[] TakeValues(int length) => Take(_values, length);

    /// <summary>Gives back what was taken.</summary>
    public void Return(byte[] bytes) => Return(_bytes, bytes);

    /// <summary>Gives back what was taken.</summary>
    public void Return(double[] values) => Return(_values, values);

    /// <summary>The smallest that is large enough, so that a large one stays for those who need it.</summary>
    private static T[] Take<T>(List<T[]> free, int length)
    {
        lock (free)
        {
            if (free.Where(array => array.Length >= length).MinBy(array => array.Length) is { } found)
            {
                free.Remove(found);
                return found;
            }
        }
        return GC.AllocateUninitializedArray<T>(length);
    }

    private static void Return<T>(List<T[]> free, T[] array)
    {
        lock (free)
        {
            free.Add(array);
        }
    }
}
